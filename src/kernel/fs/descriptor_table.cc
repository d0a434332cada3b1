#include "kernel/fs/descriptor_table.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace strongroom::kernel {

// A free slot is all zeros, as static memory is from the start: to construct them one by one would touch four
// pages, of which most programs need a part of the first, and the first touch of a page is dear.
DescriptorTable::Slot& DescriptorTable::slot_at(int descriptor) {
  alignas(Slot) static constinit std::byte slots[kSize * sizeof(Slot)]{};
  return reinterpret_cast<Slot*>(slots)[descriptor];
}

Result<Ref<OpenFile>> DescriptorTable::get_any(int descriptor) {
  Slot* here = slot(descriptor);
  if (here == nullptr) return Errno::kBadFile;
  MutexLock guard(here->lock);
  if (!here->file) return Errno::kBadFile;
  return here->file;
}

Result<Ref<OpenFile>> DescriptorTable::get(int descriptor) {
  Ref<OpenFile> file = KTRY(get_any(descriptor));
  if ((file->flags & O_PATH) != 0) return Errno::kBadFile;
  return file;
}

Result<int> DescriptorTable::reserve(int lowest) {
  MutexLock reserve_guard(reserving_);
  const int first_free = lowest_free_;
  for (int number = std::max(lowest, first_free); number < limit; ++number) {
    Slot& here = slot_at(number);
    MutexLock guard(here.lock);
    if (here.reserved || here.file) continue;
    here.reserved = true;
    if (lowest <= first_free) lowest_free_ = number + 1;
    return number;
  }
  return Errno::kTooManyFiles;
}

void DescriptorTable::install(int descriptor, Ref<OpenFile> file, bool close_on_exec) {
  Slot& here = slot_at(descriptor);
  MutexLock guard(here.lock);
  here.reserved = false;
  here.close_on_exec = close_on_exec;
  here.file = std::move(file);
}

void DescriptorTable::cancel(int descriptor) {
  MutexLock reserve_guard(reserving_);
  MutexLock guard(slot_at(descriptor).lock);
  slot_at(descriptor).reserved = false;
  lowest_free_ = std::min<int>(lowest_free_, descriptor);
}

Result<int> DescriptorTable::add(Ref<OpenFile> file, bool close_on_exec, int lowest) {
  const int descriptor = KTRY(reserve(lowest));
  install(descriptor, std::move(file), close_on_exec);
  return descriptor;
}

Result<void> DescriptorTable::place(int descriptor, Ref<OpenFile> file, bool close_on_exec) {
  Slot* here = slot(descriptor);
  if (here == nullptr || descriptor >= limit) return Errno::kBadFile;
  // Declared before the lock, so that the file it replaces closes after the lock is gone.
  Ref<OpenFile> before;
  MutexLock guard(here->lock);
  if (here->reserved) return Errno::kBusy;
  before = std::exchange(here->file, std::move(file));
  here->close_on_exec = close_on_exec;
  return {};
}

Result<void> DescriptorTable::close(int descriptor) {
  Slot* here = slot(descriptor);
  if (here == nullptr) return Errno::kBadFile;
  Ref<OpenFile> file;
  MutexLock reserve_guard(reserving_);
  MutexLock guard(here->lock);
  if (!here->file) return Errno::kBadFile;
  file = std::move(here->file);
  lowest_free_ = std::min<int>(lowest_free_, descriptor);
  return {};
}

Result<bool> DescriptorTable::close_on_exec(int descriptor) {
  Slot* here = slot(descriptor);
  if (here == nullptr) return Errno::kBadFile;
  MutexLock guard(here->lock);
  if (!here->file) return Errno::kBadFile;
  return here->close_on_exec;
}

Result<void> DescriptorTable::set_close_on_exec(int descriptor, bool value) {
  Slot* here = slot(descriptor);
  if (here == nullptr) return Errno::kBadFile;
  MutexLock guard(here->lock);
  if (!here->file) return Errno::kBadFile;
  here->close_on_exec = value;
  return {};
}

int DescriptorTable::next_open(int descriptor) {
  for (; descriptor < kSize; ++descriptor) {
    MutexLock guard(slot_at(descriptor).lock);
    if (slot_at(descriptor).file) return descriptor;
  }
  return -1;
}

}  // namespace strongroom::kernel
