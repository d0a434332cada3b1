// The process's file descriptors. Each has a lock of its own, so calls on different files do not meet. There
// is one table.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/fs/open_file.h"
#include "kernel/lock.h"

namespace strongroom::kernel {

class DescriptorTable {
 public:
  static constexpr int kSize = 1024;

  // EBADF. get() refuses files opened with O_PATH, as all calls do that touch content.
  Result<Ref<OpenFile>> get(int descriptor);
  Result<Ref<OpenFile>> get_any(int descriptor);
  // Takes the lowest free number from `lowest` on, for install() or cancel(). EMFILE.
  Result<int> reserve(int lowest = 0);
  void install(int descriptor, Ref<OpenFile> file, bool close_on_exec);
  void cancel(int descriptor);
  // reserve() and install().
  Result<int> add(Ref<OpenFile> file, bool close_on_exec, int lowest = 0);
  // Puts the file under this very number, closing what was there. EBADF, or EBUSY while it is reserved.
  Result<void> place(int descriptor, Ref<OpenFile> file, bool close_on_exec);
  Result<void> close(int descriptor);
  Result<bool> close_on_exec(int descriptor);
  Result<void> set_close_on_exec(int descriptor, bool value);
  // The lowest open descriptor from `descriptor` on, or -1.
  [[nodiscard]] int next_open(int descriptor);

  // RLIMIT_NOFILE, at most kSize.
  std::atomic<int> limit{kSize};

 private:
  struct Slot {
    Mutex lock;
    bool reserved = false;
    bool close_on_exec = false;
    Ref<OpenFile> file;  // null while free or reserved
  };
  static Slot& slot_at(int descriptor);
  static Slot* slot(int descriptor) {
    return descriptor < 0 || descriptor >= kSize ? nullptr : &slot_at(descriptor);
  }

  Mutex reserving_;
  std::atomic<int> lowest_free_{0};  // no number below it is free
};

}  // namespace strongroom::kernel
