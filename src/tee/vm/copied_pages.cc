#include "tee/vm/copied_pages.h"

#include <algorithm>
#include <bit>

#include "arch/page.h"
#include "base/file.h"

namespace strongroom::tee::vm {
namespace {

using arch::kPageSize;

constexpr uint64_t kGroupSize = StartPages::kGroup * kPageSize;

struct Choice {
  uint64_t begin;  // offset in the enclave
  uint64_t pages;
  uint64_t spared;  // faults
};

std::vector<Choice> choose_groups(std::span<const uint8_t> groups) {
  std::vector<Choice> choices;
  for (size_t i = 0; i < groups.size(); ++i)
    if (const auto touched = static_cast<uint64_t>(std::popcount(groups[i])); touched >= 2)
      choices.push_back({i * kGroupSize, static_cast<uint64_t>(std::bit_width(groups[i])), touched - 1});
  std::ranges::stable_sort(choices, [](const Choice& left, const Choice& right) {
    return left.spared * right.pages > right.spared * left.pages;
  });
  uint64_t pages = 0;
  for (size_t i = 0; i < choices.size(); ++i) {
    pages += choices[i].pages;
    if (pages * kPageSize <= kMostCopied) continue;
    choices.resize(i);
    break;
  }
  std::ranges::sort(choices, {}, &Choice::begin);
  return choices;
}

}  // namespace

std::vector<SharedSegment> pages_to_copy(std::span<const SharedSegment> segments, const StartPages& touched) {
  std::vector<SharedSegment> parts;
  if (!touched.known()) return parts;
  for (const Choice& choice : choose_groups(touched.groups()))
    for (const SharedSegment& segment : segments) {
      const uint64_t begin = std::max(choice.begin, segment.offset);
      const uint64_t end = std::min(choice.begin + choice.pages * kPageSize, segment.offset + segment.size);
      if (begin < end)
        parts.push_back(
            {begin, end - begin, segment.file_offset + begin - segment.offset, segment.protection});
    }
  return parts;
}

std::vector<SharedSegment> pages_to_copy(const PreparedImage& image) {
  if (image.start_pages.known()) return pages_to_copy(image.shared_segments, image.start_pages);
  constexpr uint64_t kMostRelocations = uint64_t{512} << 10;
  std::vector<SharedSegment> parts;
  for (const SharedSegment& segment : image.shared_segments)
    if (segment.offset == image.view.header().program.offset && segment.protection == arch::kRead &&
        segment.size <= kMostRelocations)
      parts.push_back(segment);
  return parts;
}

uint64_t size_of(std::span<const SharedSegment> parts) {
  uint64_t size = 0;
  for (const SharedSegment& part : parts) size += part.size;
  return size;
}

Result<void> read_copies(int code, std::span<const SharedSegment> parts, std::span<uint8_t> to) {
  for (const SharedSegment& part : parts) {
    TRY_IN("cannot copy the enclave's code", read_all(code, part.file_offset, to.first(part.size)));
    to = to.subspan(part.size);
  }
  return {};
}

}  // namespace strongroom::tee::vm
