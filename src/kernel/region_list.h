// Regions in ascending order, without overlaps; neighbours that are alike are one. Grows inside a fixed
// reservation, so that changing the map never needs the map. Not locked: memory_map.cc does that.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/memory_map.h"

namespace strongroom::kernel {

class RegionList {
 public:
  // `storage`: accessible memory for `capacity` regions, which outlives the list.
  void start(Region* storage, size_t capacity);

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] const Region& operator[](size_t index) const { return regions_[index]; }
  // The first region that ends after `address`; size() when none does.
  [[nodiscard]] size_t first_after(uint64_t address) const;
  [[nodiscard]] bool overlaps(uint64_t begin, uint64_t end) const;
  // Room for the two regions that one change can add at most.
  [[nodiscard]] bool has_room() const { return size_ + 2 <= capacity_; }

  // The caller has removed what was there, and has checked has_room().
  void insert(const Region& region);
  void remove(uint64_t begin, uint64_t end);

  // The highest gap of `size` bytes between `lowest` and `highest`; 0 when there is none.
  [[nodiscard]] uint64_t highest_gap(uint64_t lowest, uint64_t highest, uint64_t size) const;

 private:
  void merge_around(size_t index);
  void erase(size_t first, size_t count);
  void open(size_t index);

  Region* regions_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace strongroom::kernel
