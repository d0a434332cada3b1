#include "tee/start_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace strongroom::tee {

Result<StartPages> StartPages::create(uint64_t pages) {
  static_assert(sizeof(Shared) == 1 && Shared::is_always_lock_free);
  const size_t size = 1 + (pages + kGroup - 1) / kGroup;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot map memory for an image's hints", errno);
  return StartPages({static_cast<Shared*>(memory), size});
}

StartPages::StartPages(StartPages&& other) noexcept : shared_(std::exchange(other.shared_, {})) {}
StartPages& StartPages::operator=(StartPages&& other) noexcept {
  std::swap(shared_, other.shared_);
  return *this;
}
StartPages::~StartPages() {
  if (!shared_.empty()) munmap(shared_.data(), shared_.size());
}

bool StartPages::known() const {
  return shared_[0].load(std::memory_order_acquire) != 0;
}

void StartPages::learn(std::span<const uint8_t> groups) const {
  const size_t count = std::min(groups.size(), shared_.size() - 1);
  for (size_t i = 0; i < count; ++i) shared_[1 + i].store(groups[i], std::memory_order_relaxed);
  shared_[0].store(1, std::memory_order_release);
}

std::vector<uint8_t> StartPages::groups() const {
  std::vector<uint8_t> out(shared_.size() - 1);
  for (size_t i = 0; i < out.size(); ++i) out[i] = shared_[1 + i].load(std::memory_order_relaxed);
  return out;
}

}  // namespace strongroom::tee
