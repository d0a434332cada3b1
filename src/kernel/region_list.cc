#include "kernel/region_list.h"

namespace strongroom::kernel {

void RegionList::start(Region* storage, size_t capacity) {
  regions_ = storage;
  capacity_ = capacity;
  size_ = 0;
}

size_t RegionList::first_after(uint64_t address) const {
  size_t low = 0;
  size_t high = size_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (regions_[middle].end <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool RegionList::overlaps(uint64_t begin, uint64_t end) const {
  const size_t index = first_after(begin);
  return index < size_ && regions_[index].begin < end;
}

void RegionList::open(size_t index) {
  __builtin_memmove(static_cast<void*>(&regions_[index + 1]), &regions_[index],
                    (size_ - index) * sizeof(Region));
  ++size_;
}

void RegionList::erase(size_t first, size_t count) {
  __builtin_memmove(static_cast<void*>(&regions_[first]), &regions_[first + count],
                    (size_ - first - count) * sizeof(Region));
  size_ -= count;
}

void RegionList::merge_around(size_t index) {
  const auto alike = [&](size_t left) {
    const Region& a = regions_[left];
    const Region& b = regions_[left + 1];
    return a.end == b.begin && a.protection == b.protection && a.kind == b.kind &&
           a.hides_data == b.hides_data;
  };
  if (index + 1 < size_ && alike(index)) {
    regions_[index].end = regions_[index + 1].end;
    erase(index + 1, 1);
  }
  if (index > 0 && alike(index - 1)) {
    regions_[index - 1].end = regions_[index].end;
    erase(index, 1);
  }
}

void RegionList::insert(const Region& region) {
  const size_t index = first_after(region.begin);
  open(index);
  regions_[index] = region;
  merge_around(index);
}

void RegionList::remove(uint64_t begin, uint64_t end) {
  size_t index = first_after(begin);
  if (index < size_ && regions_[index].begin < begin) {
    const uint64_t old_end = regions_[index].end;
    if (old_end > end) {
      open(index);
      regions_[index].end = begin;
      regions_[index + 1].begin = end;
      return;
    }
    regions_[index].end = begin;
    ++index;
  }
  size_t last = index;
  while (last < size_ && regions_[last].end <= end) ++last;
  erase(index, last - index);
  if (index < size_ && regions_[index].begin < end) regions_[index].begin = end;
}

uint64_t RegionList::highest_gap(uint64_t lowest, uint64_t highest, uint64_t size) const {
  uint64_t top = highest;
  for (size_t index = size_; index-- > 0;) {
    const Region& region = regions_[index];
    if (region.begin >= top) continue;
    const uint64_t bottom = region.end > lowest ? region.end : lowest;
    if (bottom <= top && top - bottom >= size) return top - size;
    if (region.begin <= lowest) return 0;
    top = region.begin;
  }
  return top >= lowest && top - lowest >= size ? top - size : 0;
}

}  // namespace strongroom::kernel
