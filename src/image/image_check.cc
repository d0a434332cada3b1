#include "image/image_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "arch/tcs.h"

namespace strongroom::image {
namespace {

using arch::ImageHeader;
using arch::ImageRange;
using arch::kPageSize;

tl::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformed, std::move(message));
}

constexpr uint64_t kMostEnclave = uint64_t{1} << 40;
constexpr uint32_t kMostFrames = 16;

uint64_t end_of(const ImageRange& range) {
  return range.offset + range.size;
}

bool inside(const ImageRange& range, uint64_t offset, uint64_t size) {
  return offset >= range.offset && size <= range.size && offset - range.offset <= range.size - size;
}

Result<void> check_ranges(const ImageHeader& header) {
  const std::pair<std::string_view, ImageRange> ranges[] = {{"kernel", header.kernel},
                                                            {"boot data", header.boot_data},
                                                            {"gates", header.gates},
                                                            {"program", header.program},
                                                            {"TCS", header.tcs},
                                                            {"SSA", header.ssa},
                                                            {"kernel stacks", header.kernel_stacks},
                                                            {"arena", header.arena}};
  uint64_t free = kPageSize;
  for (const auto& [name, range] : ranges) {
    if (range.offset % kPageSize != 0 || range.size % kPageSize != 0)
      return malformed(fmt::format("the range of the {} is not whole pages", name));
    if (range.offset < free) return malformed(fmt::format("the range of the {} is out of order", name));
    if (range.offset > header.enclave_size || range.size > header.enclave_size - range.offset)
      return malformed(fmt::format("the range of the {} lies outside the enclave", name));
    if (range.size == 0 && name != "gates")
      return malformed(fmt::format("the range of the {} is empty", name));
    free = end_of(range);
  }
  return {};
}

Result<void> check_thread_ranges(const ImageHeader& header) {
  const uint64_t threads = header.thread_count;
  if (threads < 1 || threads > arch::kMaximumThreads)
    return malformed(fmt::format("{} threads; 1 to {} are possible", threads, arch::kMaximumThreads));
  if (header.ssa_frames < 1 || header.ssa_frames > kMostFrames || header.ssa_frame_pages < 1 ||
      header.ssa_frame_pages > kMostFrames)
    return malformed("the SSA frames have impossible counts");
  if ((header.flags & arch::kImageAexNotify) != 0 && (header.ssa_frames != 2 || header.ssa_frame_pages != 2))
    return malformed("the SSA frames have no room for the handler of interruptions");
  if (header.kernel_stack_stride % kPageSize != 0 || header.kernel_stack_stride < 2 * kPageSize ||
      header.kernel_stack_stride > header.enclave_size)
    return malformed("the kernel stacks have an impossible stride");
  if (header.tcs.size != threads * kPageSize ||
      header.ssa.size != threads * header.ssa_frames * header.ssa_frame_pages * kPageSize ||
      header.kernel_stacks.size / threads != header.kernel_stack_stride ||
      header.kernel_stacks.size % threads != 0)
    return malformed("the ranges of TCS, SSA or kernel stacks do not fit the number of threads");
  return {};
}

// Takes segments off the front of a list and compares them with what the header promises.
class SegmentCursor {
 public:
  explicit SegmentCursor(const std::vector<ImageSegment>& segments)
      : next_(segments.begin()), end_(segments.end()) {}

  // Exactly one segment that is `range`.
  Result<ImageSegment> exactly(std::string_view name, const ImageRange& range, uint32_t protection,
                               uint32_t flags) {
    if (next_ == end_ || next_->offset != range.offset || next_->memory_size != range.size ||
        next_->protection != protection || next_->flags != flags)
      return malformed(fmt::format("the segment of the {} is missing, or differs from the header", name));
    return *next_++;
  }

  // The segments inside `range`: the first starts and the last ends it.
  Result<void> filling(std::string_view name, const ImageRange& range) {
    uint64_t last_end = 0;
    for (bool first = true; next_ != end_ && next_->offset < end_of(range); ++next_, first = false) {
      if ((first && next_->offset != range.offset) || next_->end() > end_of(range) || next_->flags != 0)
        return malformed(fmt::format("a segment of the {} differs from the header", name));
      last_end = next_->end();
    }
    if (last_end != end_of(range))
      return malformed(fmt::format("the segments of the {} do not fill its range", name));
    return {};
  }

  [[nodiscard]] bool at_end() const { return next_ == end_; }

 private:
  std::vector<ImageSegment>::const_iterator next_;
  std::vector<ImageSegment>::const_iterator end_;
};

Result<void> check_tcs(const ImageHeader& header, const ImageSegment& segment, uint64_t entry) {
  if (segment.contents.size() != segment.memory_size) return malformed("the TCS pages are cut off");
  for (uint32_t i = 0; i < header.thread_count; ++i) {
    const ByteView page = segment.contents.subspan(i * kPageSize, kPageSize);
    const arch::Tcs expected = expected_tcs(header, i, entry);
    if (!equal(page, object_bytes(expected)))
      return malformed(fmt::format("TCS {} does not fit the layout", i));
  }
  return {};
}

// Whether `size` bytes at `offset` are in one segment of `range` with this protection.
bool covered(const std::vector<ImageSegment>& segments, const ImageRange& range, uint64_t offset,
             uint64_t size, uint32_t protection) {
  return inside(range, offset, size) &&
         std::any_of(segments.begin(), segments.end(), [&](const ImageSegment& segment) {
           return inside({segment.offset, segment.memory_size}, offset, size) &&
                  (segment.protection & protection) == protection;
         });
}

}  // namespace

arch::Tcs expected_tcs(const arch::ImageHeader& header, uint32_t thread, uint64_t entry) {
  arch::Tcs tcs{};
  const uint64_t ssa_stride = uint64_t{header.ssa_frames} * header.ssa_frame_pages * kPageSize;
  if ((header.flags & arch::kImageAexNotify) != 0) tcs.flags = arch::kTcsAexNotify;
  tcs.ssa_offset = header.ssa.offset + thread * ssa_stride;
  tcs.ssa_frame_count = header.ssa_frames;
  tcs.entry_offset = entry;
  // The kernel's thread area is at the end of its stack.
  tcs.gs_base_offset =
      header.kernel_stacks.offset + (thread + uint64_t{1}) * header.kernel_stack_stride - kPageSize;
  tcs.fs_limit = arch::kTcsSegmentLimit;
  tcs.gs_limit = arch::kTcsSegmentLimit;
  return tcs;
}

Result<void> check_header(const ImageHeader& header) {
  if ((header.flags & ~uint32_t{arch::kImageDebug | arch::kImageHostArguments | arch::kImageHostEnvironment |
                                arch::kImageFixedMemory | arch::kImageAexNotify}) != 0)
    return malformed(fmt::format("unknown image flags {:#x}", header.flags));
  if (!std::has_single_bit(header.enclave_size) || header.enclave_size > kMostEnclave)
    return malformed(fmt::format("the enclave's size {:#x} is not a power of two up to {:#x}",
                                 header.enclave_size, kMostEnclave));
  TRY(check_ranges(header));
  TRY(check_thread_ranges(header));
  if (header.kernel.offset != arch::kKernelOffset) return malformed("the kernel is not at its offset");
  for (const uint64_t size : {header.heap_limit, header.main_stack_size, header.thread_stack_size})
    if (size == 0 || size % kPageSize != 0 || size > header.arena.size)
      return malformed("heap or stacks are not whole pages of the arena");
  return {};
}

Result<void> check_layout(const ImageHeader& header, const std::vector<ImageSegment>& segments,
                          uint64_t entry) {
  constexpr uint32_t kReadExecute = arch::kRead | arch::kExecute;
  constexpr uint32_t kReadWrite = arch::kRead | arch::kWrite;
  SegmentCursor cursor(segments);
  TRY(cursor.exactly("header page", {0, kPageSize}, arch::kRead, 0));
  TRY(cursor.filling("kernel", header.kernel));
  TRY(cursor.exactly("boot data", header.boot_data, arch::kRead, 0));
  if (header.gates.size != 0) TRY(cursor.exactly("gates", header.gates, kReadExecute, 0));
  TRY(cursor.filling("program", header.program));
  const ImageSegment tcs = TRY(cursor.exactly("TCS", header.tcs, arch::kNoAccess, arch::kSegmentTcs));
  TRY(cursor.exactly("SSA", header.ssa, kReadWrite, 0));
  for (uint64_t i = 0; i < header.thread_count; ++i) {
    const uint64_t stride = header.kernel_stack_stride;
    const ImageRange stack{header.kernel_stacks.offset + i * stride + kPageSize, stride - kPageSize};
    const ImageSegment segment =
        TRY(cursor.exactly("kernel stacks", stack, kReadWrite, arch::kSegmentUnmeasured));
    // Unmeasured contents would be bytes that no digest covers.
    if (!segment.contents.empty()) return malformed("a kernel stack has contents");
  }
  if ((header.flags & arch::kImageFixedMemory) != 0) {
    const ImageSegment arena =
        TRY(cursor.exactly("arena", header.arena, kReadWrite, arch::kSegmentUnmeasured));
    if (!arena.contents.empty()) return malformed("the arena has contents");
  }
  if (!cursor.at_end()) return malformed("there are segments that the header does not name");

  TRY(check_tcs(header, tcs, entry));
  if (entry != 0 && !covered(segments, header.kernel, entry, 1, kReadExecute))
    return malformed("the entry point is not in the kernel's code");
  if (!covered(segments, header.program, header.program_entry, 1, kReadExecute))
    return malformed("the program's entry point is not in its code");
  constexpr uint64_t kHeaderSize = sizeof(Elf64_Phdr);
  if (header.program_header_count == 0 || header.program_headers % alignof(Elf64_Phdr) != 0 ||
      !covered(segments, header.program, header.program_headers, header.program_header_count * kHeaderSize,
               arch::kRead))
    return malformed("the program headers are not in the program");
  return {};
}

}  // namespace strongroom::image
