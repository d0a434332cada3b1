// Which pages of an image's code and constants the start of its program touches: learned from one enclave of
// the image, for the benefit of those after it. All processes that descend from the one that prepared the
// image share it.
//
// It is a hint, and nobody is believed for it: each enclave's holder can write it, and what it says decides
// only what a launch makes ready ahead.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::tee {

class StartPages {
 public:
  // Pages come in groups: bit `k` of group `i` is page `8 * i + k` of the enclave.
  static constexpr uint64_t kGroup = 8;

  // For an image of so many pages; nothing is known of them yet.
  static Result<StartPages> create(uint64_t pages);
  StartPages(StartPages&& other) noexcept;
  StartPages& operator=(StartPages&& other) noexcept;
  ~StartPages();

  // Whether an enclave has told. Thread-safe, as the next.
  [[nodiscard]] bool known() const;
  // Tells; of several that tell at once, anything may remain. Groups beyond the image's are left out.
  void learn(std::span<const uint8_t> groups) const;
  // A copy of what is known now: one byte for each group of the image.
  [[nodiscard]] std::vector<uint8_t> groups() const;

 private:
  using Shared = std::atomic<uint8_t>;
  explicit StartPages(std::span<Shared> shared) : shared_(shared) {}
  std::span<Shared> shared_;  // whether it is known, and the groups
};

}  // namespace strongroom::tee
