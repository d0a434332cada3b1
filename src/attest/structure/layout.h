// Fields of fixed layout, read one after the other from bytes that may end early.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "attest/structure/structure.h"
#include "base/encoding.h"

namespace strongroom::attest::structure {

class Layout {
 public:
  Layout(ByteView evidence, size_t offset)
      : evidence_(evidence), offset_(std::min(offset, evidence.size())) {}

  [[nodiscard]] size_t offset() const { return offset_; }
  [[nodiscard]] bool ended() const { return offset_ == evidence_.size(); }
  [[nodiscard]] std::vector<Field> take() { return std::move(fields_); }

  // The next `size` bytes, or what there is of them.
  Field& bytes(std::string name, size_t size) {
    const size_t there = std::min(size, evidence_.size() - offset_);
    const ByteView view = evidence_.subspan(offset_, there);
    const bool zero = there > 8 && std::all_of(view.begin(), view.end(), [](uint8_t b) { return b == 0; });
    fields_.push_back({std::move(name), offset_, there, zero ? "zero" : shown(view), {}});
    offset_ += there;
    return fields_.back();
  }

  // A little-endian number; 0 where it is cut off.
  uint64_t number(std::string name, size_t size) {
    Field& field = bytes(std::move(name), size);
    uint64_t value = 0;
    for (size_t i = field.size; i-- > 0;) value = value << 8 | evidence_[field.offset + i];
    field.text = value < 10 ? fmt::format("{}", value) : fmt::format("{} (0x{:x})", value, value);
    return field.size == size ? value : 0;
  }

  // Fields under one name.
  void group(std::string name, std::vector<Field> children) {
    if (children.empty()) return;
    const size_t begin = children.front().offset, end = children.back().offset + children.back().size;
    fields_.push_back({std::move(name), begin, end - begin, "", std::move(children)});
    offset_ = end;
  }

 private:
  ByteView evidence_;
  size_t offset_;
  std::vector<Field> fields_;
};

}  // namespace strongroom::attest::structure
