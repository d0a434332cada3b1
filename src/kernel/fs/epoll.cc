#include "kernel/fs/epoll.h"

#include <sys/epoll.h>

#include "kernel/allocate.h"
#include "kernel/fs/readiness.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// Held while one epoll instance is added to another, so that no two threads close a loop together.
Mutex nesting;

constexpr uint32_t kAlwaysReported = EPOLLERR | EPOLLHUP;
constexpr uint32_t kPrivateBits = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;

Epoll* as_epoll(Inode* inode) {
  return inode->kind == InodeKind::kEpoll ? static_cast<Epoll*>(inode) : nullptr;
}

}  // namespace

Epoll::~Epoll() {
  while (first_ != nullptr) forget(&first_);
}

Epoll::Watch** Epoll::find(int descriptor, OpenFile& file) {
  forget_closed();
  Watch** link = &first_;
  while (*link != nullptr && ((*link)->file != &file || (*link)->descriptor != descriptor))
    link = &(*link)->next;
  return link;
}

void Epoll::forget(Watch** link) {
  Watch* watch = *link;
  *link = watch->next;
  watch->file->let_go();
  destroy(watch);
}

void Epoll::forget_closed() {
  for (Watch** link = &first_; *link != nullptr;) {
    if ((*link)->file->closed()) {
      forget(link);
    } else {
      link = &(*link)->next;
    }
  }
}

bool Epoll::reaches(Epoll& other, int depth) {
  if (this == &other || depth == 0) return true;
  MutexLock guard(lock);
  for (Watch* watch = first_; watch != nullptr; watch = watch->next) {
    Epoll* inner = as_epoll(watch->file->inode.get());
    if (inner != nullptr && !watch->file->closed() && inner->reaches(other, depth - 1)) return true;
  }
  return false;
}

Result<void> Epoll::add(int descriptor, OpenFile& file, EpollEvent event) {
  if (!can_wait_for(file)) return Errno::kPerm;
  Epoll* inner = as_epoll(file.inode.get());
  if (inner != nullptr) {
    if ((event.events & EPOLLEXCLUSIVE) != 0) return Errno::kInvalid;
    nesting.lock();
    const bool loop = inner->reaches(*this, kMaximumNesting);
    if (loop) nesting.unlock();
    if (loop) return Errno::kLoop;
  }
  Result<void> result;
  {
    MutexLock guard(lock);
    Watch** link = find(descriptor, file);
    Watch* watch = *link == nullptr ? create<Watch>() : nullptr;
    if (watch != nullptr) {
      *watch = {.next = nullptr,
                .file = &file,
                .descriptor = descriptor,
                .event = event,
                .seen = 0,
                .reported = false,
                .fired = false};
      file.hold();
      *link = watch;
    } else {
      result = *link != nullptr ? Errno::kExists : Errno::kNoMemory;
    }
  }
  if (inner != nullptr) nesting.unlock();
  if (result.ok()) notify(true, false);
  return result;
}

Result<void> Epoll::modify(int descriptor, OpenFile& file, EpollEvent event) {
  {
    MutexLock guard(lock);
    Watch* watch = *find(descriptor, file);
    if (watch == nullptr) return Errno::kNoEntry;
    if (((event.events | watch->event.events) & EPOLLEXCLUSIVE) != 0) return Errno::kInvalid;
    watch->event = event;
    watch->reported = watch->fired = false;
  }
  notify(true, false);
  return {};
}

Result<void> Epoll::remove(int descriptor, OpenFile& file) {
  MutexLock guard(lock);
  Watch** link = find(descriptor, file);
  if (*link == nullptr) return Errno::kNoEntry;
  forget(link);
  return {};
}

// Changes whenever something happens that the watch is for.
uint64_t Epoll::activity(const Watch& watch) {
  const Inode& inode = *watch.file->inode;
  uint64_t seen = 0;
  if ((watch.event.events & (EPOLLIN | EPOLLRDNORM)) != 0) seen = uint64_t{inode.inputs} << 32;
  if ((watch.event.events & (EPOLLOUT | EPOLLWRNORM)) != 0) seen |= inode.outputs;
  return seen;
}

uint32_t Epoll::ready_now(const Watch& watch) {
  const bool edge = (watch.event.events & EPOLLET) != 0;
  if (watch.fired || (edge && watch.reported && activity(watch) == watch.seen)) return 0;
  return ready_events(*watch.file) & ((watch.event.events & ~kPrivateBits) | kAlwaysReported);
}

Result<size_t> Epoll::collect(uint64_t events, size_t capacity) {
  MutexLock guard(lock);
  forget_closed();
  const UserOut<EpollEvent> out(events);
  size_t count = 0;
  Watch* last = nullptr;
  for (Watch* watch = first_; watch != nullptr && count < capacity; last = watch, watch = watch->next) {
    const uint64_t seen = activity(*watch);
    const uint32_t ready = ready_now(*watch);
    if (ready == 0) continue;
    if (const Result<void> written = out.write({ready, watch->event.data}, count); !written.ok()) {
      if (count == 0) return written.error();
      break;
    }
    ++count;
    watch->seen = seen;
    watch->reported = true;
    watch->fired = (watch->event.events & EPOLLONESHOT) != 0;
  }
  // Those that were looked at stand behind next time: none starves when `capacity` is small.
  if (count == capacity && last != nullptr && last->next != nullptr) {
    Watch* end = last->next;
    while (end->next != nullptr) end = end->next;
    end->next = first_;
    first_ = last->next;
    last->next = nullptr;
  }
  return count;
}

bool Epoll::any_ready() {
  MutexLock guard(lock);
  forget_closed();
  for (Watch* watch = first_; watch != nullptr; watch = watch->next) {
    if (ready_now(*watch) != 0) return true;
  }
  return false;
}

uint32_t Epoll::streams() {
  MutexLock guard(lock);
  uint32_t found = 0;
  for (Watch* watch = first_; watch != nullptr; watch = watch->next) {
    if (!watch->file->closed() && !watch->fired) found |= streams_of(*watch->file, watch->event.events);
  }
  return found;
}

}  // namespace strongroom::kernel
