// The blocks of a sparse file: a radix tree of 512 branches a level, as deep as the highest block needs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::kernel {

inline constexpr size_t kBlockSize = 4096;

// Not thread safe. Blocks are named by their index in the file.
class BlockTree {
 public:
  static constexpr uint64_t kNone = UINT64_MAX;

  BlockTree() = default;
  BlockTree(const BlockTree&) = delete;
  BlockTree& operator=(const BlockTree&) = delete;
  ~BlockTree() { remove(0, kNone); }

  // The block, or nullptr where there is a hole.
  [[nodiscard]] uint8_t* find(uint64_t index) const;
  // The block, new and zeroed where there was a hole (then `fresh`); nullptr when memory runs out.
  [[nodiscard]] uint8_t* obtain(uint64_t index, bool& fresh);
  // Frees the blocks `first` to `last`.
  void remove(uint64_t first, uint64_t last);
  // The lowest block from `index` on, or kNone.
  [[nodiscard]] uint64_t next(uint64_t index) const;
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  static constexpr uint32_t kBits = 9;
  struct Node {
    void* child[1u << kBits];  // nodes, or on level 1 blocks
  };
  bool prune(void* node, uint32_t level, uint64_t base, uint64_t first, uint64_t last);
  static uint64_t first_from(const void* node, uint32_t level, uint64_t base, uint64_t index);

  void* root_ = nullptr;
  uint32_t height_ = 0;  // levels of nodes; at 0 the root is block 0
  uint64_t count_ = 0;
};

}  // namespace strongroom::kernel
