#include "kernel/syscall/copy_between.h"

#include <unistd.h>

#include <algorithm>

#include "kernel/allocate.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr size_t kChunk = 16384;

// Copies one chunk; 0 at the end of `from`.
Result<size_t> copy_chunk(CopyEnd& from, CopyEnd& to, void* chunk, size_t size) {
  Transfer in(chunk, size);
  const size_t found = KTRY(from.read(in));
  if (found == 0) return size_t{0};
  Transfer out(chunk, found);
  const Result<size_t> written = to.write(out);
  const size_t moved = written.ok() ? Result<size_t>(written).take() : 0;
  if (moved < found) from.unread(found - moved);
  return written;
}

}  // namespace

Result<CopyEnd> CopyEnd::at(const Ref<OpenFile>& file, uint64_t address) {
  CopyEnd end;
  end.file_ = file;
  end.address_ = address;
  if (address == 0) return end;
  if (!file->seekable()) return Errno::kIllegalSeek;
  end.offset_ = KTRY(UserIn<uint64_t>(address).read());
  if (end.offset_ > INT64_MAX) return Errno::kInvalid;
  return end;
}

Result<size_t> CopyEnd::read(Transfer& to) {
  if (address_ == 0) return file_->read(to);
  const size_t done = KTRY(file_->read_at(to, offset_));
  offset_ += done;
  return done;
}

Result<size_t> CopyEnd::write(Transfer& from) {
  if (address_ == 0) return file_->write(from);
  const size_t done = KTRY(file_->write_at(from, offset_));
  offset_ += done;
  return done;
}

void CopyEnd::unread(size_t size) {
  if (address_ == 0) (void)file_->seek(-static_cast<int64_t>(size), SEEK_CUR);
  offset_ -= size;
}

Result<uint64_t> CopyEnd::offset() {
  if (address_ == 0) return file_->seek(0, SEEK_CUR);
  return offset_;
}

Result<void> CopyEnd::finish() const {
  if (address_ == 0) return {};
  return UserOut<uint64_t>(address_).write(offset_);
}

Result<size_t> copy_between(CopyEnd& from, CopyEnd& to, size_t size) {
  size = std::min(size, kMaximumTransfer);
  void* chunk = allocate(kChunk);
  if (chunk == nullptr) return Errno::kNoMemory;
  Result<size_t> step = size_t{0};
  size_t done = 0;
  while (done < size) {
    const size_t wanted = std::min(kChunk, size - done);
    step = copy_chunk(from, to, chunk, wanted);
    if (!step.ok() || step.value() == 0) break;
    done += step.value();
    if (step.value() < wanted) break;
  }
  release(chunk, kChunk);
  if (!step.ok() && done == 0) return step;
  return done;
}

}  // namespace strongroom::kernel
