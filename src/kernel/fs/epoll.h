// An epoll instance: a list of watches, looked through at each wait. Level- and edge-triggered, one-shot,
// nested.
#pragma once

#include "kernel/fs/inode.h"
#include "kernel/fs/open_file.h"

namespace strongroom::kernel {

struct EpollEvent {  // struct epoll_event, which is packed on x86-64
  uint32_t events;
  uint64_t data;
} __attribute__((packed));
static_assert(sizeof(EpollEvent) == 12);

class Epoll : public Inode {
 public:
  Epoll() : Inode(InodeKind::kEpoll, 0600) {}
  ~Epoll();

  // EPOLL_CTL_ADD, _MOD and _DEL of one descriptor and the file behind it.
  Result<void> add(int descriptor, OpenFile& file, EpollEvent event);
  Result<void> modify(int descriptor, OpenFile& file, EpollEvent event);
  Result<void> remove(int descriptor, OpenFile& file);
  // Writes the events that are ready now, at most `capacity`, to the program's `events`; yields how many.
  Result<size_t> collect(uint64_t events, size_t capacity);
  [[nodiscard]] bool any_ready();
  // The standard streams among the watched, as bits 1 << stream.
  [[nodiscard]] uint32_t streams();

 private:
  struct Watch {
    Watch* next;
    OpenFile* file;  // held, though not used: closing it is not put off
    int descriptor;
    EpollEvent event;
    uint64_t seen;  // activity() when it last reported
    bool reported;
    bool fired;  // one-shot, and reported: silent until it is modified
  };
  static constexpr int kMaximumNesting = 5;

  // All expect `lock` to be held.
  Watch** find(int descriptor, OpenFile& file);
  void forget(Watch** link);
  void forget_closed();
  static uint64_t activity(const Watch& watch);
  static uint32_t ready_now(const Watch& watch);
  // Whether this instance watches `other`, itself or through others, or more than `depth` levels; takes
  // `lock`.
  bool reaches(Epoll& other, int depth);

  Watch* first_ = nullptr;
};

}  // namespace strongroom::kernel
