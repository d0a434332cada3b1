// One side's half of the call area, handed out to its calls. All bookkeeping is in private memory: what the
// other side writes into the area cannot confuse it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

namespace strongroom::calls {

// Thread safe. Small pieces cost one atomic operation; nothing is allocated elsewhere.
class Heap {
 public:
  static constexpr size_t kSmallPiece = 4096;
  static constexpr size_t kSmallPieces = 64;

  // `memory`: page aligned, more than 64 small pieces.
  explicit Heap(std::span<uint8_t> memory);
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // At least `size` bytes at a multiple of 64; an empty span where there is no room.
  std::span<uint8_t> take(size_t size);
  // Gives back what take() gave, by its first byte.
  void give(std::span<uint8_t> piece);

 private:
  // Free stretches of the large part, by their place, none beside another. Units of kSmallPiece.
  struct Stretch {
    uint32_t begin, count;
  };
  static constexpr size_t kMostStretches = 512;

  std::span<uint8_t> take_large(size_t size);
  void give_large(uint32_t begin, uint32_t count);

  std::span<uint8_t> memory_;
  std::atomic<uint64_t> free_small_{~uint64_t{0}};
  std::mutex mutex_;
  std::array<Stretch, kMostStretches> free_{};
  size_t free_count_ = 0;
};

}  // namespace strongroom::calls
