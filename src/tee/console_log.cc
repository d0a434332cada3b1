#include "tee/console_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace strongroom::tee {
namespace {

constexpr size_t kRoom = sizeof(ConsoleLogPage::bytes);
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

}  // namespace

Result<ConsoleLog> ConsoleLog::create() {
  FileDescriptor file(memfd_create("strongroom-log", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ftruncate(file.get(), kConsoleLogBytes) != 0)
    return fail_errno("cannot create the enclave's log", errno);
  void* page = mmap(nullptr, kConsoleLogBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (page == MAP_FAILED) return fail_errno("cannot map the enclave's log", errno);
  // This mapping is the last one that writes.
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
    return fail_errno("cannot seal the enclave's log", errno);
  return ConsoleLog(std::move(file), static_cast<ConsoleLogPage*>(page));
}

void ConsoleLog::append(ByteView bytes) {
  const std::lock_guard lock(*mutex_);
  uint64_t position = page_->written.load(std::memory_order_relaxed);
  // Of what would overwrite itself, the end.
  if (bytes.size() > kRoom) {
    position += bytes.size() - kRoom;
    bytes = bytes.last(kRoom);
  }
  const size_t place = position % kRoom;
  const size_t before_end = std::min(bytes.size(), kRoom - place);
  std::memcpy(page_->bytes + place, bytes.data(), before_end);
  std::memcpy(page_->bytes, bytes.data() + before_end, bytes.size() - before_end);
  page_->written.store(position + bytes.size(), std::memory_order_release);
}

Result<std::string> read_console_log(const FileDescriptor& file) {
  struct stat status {};
  const int seals = fcntl(file.get(), F_GET_SEALS);
  if (fstat(file.get(), &status) != 0 || status.st_size != static_cast<off_t>(kConsoleLogBytes) ||
      seals < 0 || (seals & F_SEAL_SHRINK) == 0)
    return fail(ErrorCode::kMalformed, "this is no log of an enclave");
  void* mapping = mmap(nullptr, kConsoleLogBytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapping == MAP_FAILED) return fail_errno("cannot map the enclave's log", errno);
  const auto* page = static_cast<const ConsoleLogPage*>(mapping);
  const uint64_t written = page->written.load(std::memory_order_acquire);
  std::string copy(reinterpret_cast<const char*>(page->bytes), kRoom);
  const uint64_t overwritten = page->written.load(std::memory_order_acquire) - written;
  munmap(mapping, kConsoleLogBytes);
  if (written <= kRoom) {
    copy.resize(written);
    return copy;
  }
  // The oldest byte first; without what was written over while it was copied.
  std::rotate(copy.begin(), copy.begin() + static_cast<ptrdiff_t>(written % kRoom), copy.end());
  return copy.substr(std::min<uint64_t>(overwritten, kRoom));
}

}  // namespace strongroom::tee
