#include "kernel/fs/inode.h"

#include <cstring>

#include "kernel/allocate.h"
#include "kernel/fs/directory.h"
#include "kernel/fs/epoll.h"
#include "kernel/fs/event_counter.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/readiness.h"
#include "kernel/fs/timestamp.h"

namespace strongroom::kernel {
namespace {

std::atomic<uint64_t> next_number{1};

void free_inode(Inode* inode) {
  switch (inode->kind) {
    case InodeKind::kRegular:
      return destroy(static_cast<RegularFile*>(inode));
    case InodeKind::kDirectory:
      return destroy(static_cast<Directory*>(inode));
    case InodeKind::kSymlink:
      return destroy(static_cast<Symlink*>(inode));
    case InodeKind::kConsole:
      return destroy(static_cast<Console*>(inode));
    case InodeKind::kPipe:
      return destroy(static_cast<Pipe*>(inode));
    case InodeKind::kEventCounter:
      return destroy(static_cast<EventCounter*>(inode));
    case InodeKind::kEpoll:
      return destroy(static_cast<Epoll*>(inode));
    case InodeKind::kNull:
    case InodeKind::kZero:
    case InodeKind::kFull:
    case InodeKind::kRandom:
    case InodeKind::kMemoryMap:
      return destroy(inode);
  }
}

}  // namespace

Inode::Inode(InodeKind what, uint32_t mode)
    : kind(what), number(next_number.fetch_add(1, std::memory_order_relaxed)), permissions(mode & 07777) {
  const uint64_t now = timestamp();
  times = {now, now, now, now};
}

// A removed directory holds its parent: a chain of them is freed in a loop, not by recursion.
void Inode::drop() {
  Inode* inode = this;
  while (inode != nullptr && inode->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    Inode* parent = nullptr;
    if (Directory* directory = as_directory(inode)) parent = directory->parent.leak();
    free_inode(inode);
    inode = parent;
  }
}

uint64_t Inode::timestamp() {
  return timestamp_now();
}

void Inode::changed() {
  MutexLock guard(lock);
  times.change = timestamp();
}

void Inode::modified() {
  MutexLock guard(lock);
  stamp_modified();
}

void Inode::notify(bool input, bool output) {
  if (input) inputs.fetch_add(1, std::memory_order_relaxed);
  if (output) outputs.fetch_add(1, std::memory_order_relaxed);
  announce_readiness();
}

Symlink::~Symlink() {
  if (target != nullptr) release(target, size);
}

Ref<Symlink> create_symlink(const char* target, size_t size) {
  auto link = Ref<Symlink>::adopt(create<Symlink>());
  auto* text = static_cast<char*>(allocate(size));
  if (!link || text == nullptr) {
    if (text != nullptr) release(text, size);
    return {};
  }
  memcpy(text, target, size);
  link->target = text;
  link->size = size;
  return link;
}

}  // namespace strongroom::kernel
