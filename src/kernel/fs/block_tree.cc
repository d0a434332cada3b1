#include "kernel/fs/block_tree.h"

#include <algorithm>

#include "kernel/allocate.h"

namespace strongroom::kernel {

static_assert(sizeof(void*) << 9 == kBlockSize);

uint8_t* BlockTree::find(uint64_t index) const {
  if (index >> (kBits * height_) != 0) return nullptr;
  void* here = root_;
  for (uint32_t level = height_; level > 0 && here != nullptr; --level) {
    here = static_cast<Node*>(here)->child[(index >> (kBits * (level - 1))) % (1u << kBits)];
  }
  return static_cast<uint8_t*>(here);
}

uint8_t* BlockTree::obtain(uint64_t index, bool& fresh) {
  fresh = false;
  while (index >> (kBits * height_) != 0) {
    if (root_ != nullptr) {
      auto* node = static_cast<Node*>(allocate(sizeof(Node)));
      if (node == nullptr) return nullptr;
      node->child[0] = root_;
      root_ = node;
    }
    ++height_;
  }
  void** here = &root_;
  for (uint32_t level = height_; level > 0; --level) {
    if (*here == nullptr) *here = allocate(sizeof(Node));
    if (*here == nullptr) return nullptr;
    here = &static_cast<Node*>(*here)->child[(index >> (kBits * (level - 1))) % (1u << kBits)];
  }
  if (*here == nullptr) {
    *here = allocate(kBlockSize);
    if (*here == nullptr) return nullptr;
    fresh = true;
    ++count_;
  }
  return static_cast<uint8_t*>(*here);
}

void BlockTree::remove(uint64_t first, uint64_t last) {
  if (root_ == nullptr || first > last || !prune(root_, height_, 0, first, last)) return;
  root_ = nullptr;
  height_ = 0;
}

// Frees what lies in [first, last] below `node`, whose blocks start at `base`; true when the node itself
// went.
bool BlockTree::prune(void* node, uint32_t level, uint64_t base, uint64_t first, uint64_t last) {
  if (level == 0) {
    if (base < first || base > last) return false;
    release(node, kBlockSize);
    --count_;
    return true;
  }
  auto* inner = static_cast<Node*>(node);
  const uint64_t span = uint64_t{1} << (kBits * (level - 1));
  bool empty = true;
  for (void*& child : inner->child) {
    if (child != nullptr) {
      const bool touched = base <= last && base + (span - 1) >= first;
      if (touched && prune(child, level - 1, base, first, last)) child = nullptr;
      if (child != nullptr) empty = false;
    }
    base += span;
  }
  if (empty) release(node, sizeof(Node));
  return empty;
}

uint64_t BlockTree::next(uint64_t index) const {
  return first_from(root_, height_, 0, index);
}

uint64_t BlockTree::first_from(const void* node, uint32_t level, uint64_t base, uint64_t index) {
  if (node == nullptr) return kNone;
  if (level == 0) return base >= index ? base : kNone;
  const uint64_t span = uint64_t{1} << (kBits * (level - 1));
  uint64_t slot = index > base ? std::min<uint64_t>((index - base) / span, 1u << kBits) : 0;
  for (; slot < (1u << kBits); ++slot) {
    const void* child = static_cast<const Node*>(node)->child[slot];
    const uint64_t found = first_from(child, level - 1, base + slot * span, index);
    if (found != kNone) return found;
  }
  return kNone;
}

}  // namespace strongroom::kernel
