// Copying from one open file to another inside the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/fs/open_file.h"

namespace strongroom::kernel {

// One end of a copy: an open file at an offset that the program keeps in its memory, or at its own position.
class CopyEnd {
 public:
  // `address` of the offset; 0: the file's position. EFAULT, EINVAL if it is negative, ESPIPE if the file has
  // none.
  static Result<CopyEnd> at(const Ref<OpenFile>& file, uint64_t address);
  Result<size_t> read(Transfer& to);
  Result<size_t> write(Transfer& from);
  // Goes back by what was read and not written.
  void unread(size_t size);
  // Where the copy begins.
  Result<uint64_t> offset();
  // Gives the program its moved offset.
  Result<void> finish() const;

 private:
  Ref<OpenFile> file_;
  uint64_t address_ = 0;
  uint64_t offset_ = 0;
};

// Copies up to `size` bytes, fewer at the end of `from`. Yields how many; an error only if that is none.
Result<size_t> copy_between(CopyEnd& from, CopyEnd& to, size_t size);

}  // namespace strongroom::kernel
