// Reads an image, NAME.enclave, from untrusted bytes. The format stands in arch/image_header.h; on top of it
// every image keeps these rules, and parse() refuses what does not:
//
// - File layout: ELF header and program headers, one note segment, zeros to the next page (together the
//   head); the contents of the PT_LOADs, one directly after the other; symbol table, names and section
//   headers (the tail).
// - The header page holds, at kFrameDigestOffset, the SHA-256 of head and tail with SIGSTRUCT as zeros. So
//   MRENCLAVE covers every byte of the file but SIGSTRUCT, which proves itself by its signature: symbols and
//   manifest can be believed as far as the identity is.
// - Segments equal the ranges of ImageHeader, and no page is writable and executable.
#pragma once

#include <optional>

#include "arch/image_header.h"
#include "image/elf_file.h"

namespace strongroom::image {

inline constexpr uint64_t kFrameDigestOffset = 256;  // in the header page, after ImageHeader
inline constexpr size_t kFrameDigestSize = 32;
inline constexpr size_t kSigstructSize = 1808;
inline constexpr std::string_view kNoteName = "Strongroom";
inline constexpr size_t kMaximumImage = size_t{2} << 30;  // bytes of the file
inline constexpr uint64_t kMaximumPages = uint64_t{4}
                                          << 30;  // bytes of all segments: a bound on loading time

// Pages of equal protection, in the order in which they are added and measured.
struct ImageSegment {
  uint64_t offset;       // from the enclave's base; whole pages
  uint64_t memory_size;  // whole pages
  ByteView contents;     // whole pages, at most memory_size; zeros follow
  uint32_t protection;   // arch::Protection
  uint32_t flags;        // arch::kSegmentTcs, arch::kSegmentUnmeasured

  [[nodiscard]] uint64_t end() const { return offset + memory_size; }
};

// The nearest symbol at or below an address: "function+offset".
struct SymbolPlace {
  std::string_view name;
  uint64_t offset;
  bool in_kernel;
};

// Views point into the bytes given to parse(), which must outlive the view. Immutable, so threads may share
// it.
class ImageView {
 public:
  // Checks everything but the signature and the measurement.
  static Result<ImageView> parse(ByteView file);

  [[nodiscard]] const arch::ImageHeader& header() const { return header_; }
  [[nodiscard]] const std::vector<ImageSegment>& segments() const { return segments_; }
  // The canonical manifest (manifest.h).
  [[nodiscard]] std::string_view manifest() const { return manifest_; }
  // kSigstructSize bytes; all zero while the image is unsigned.
  [[nodiscard]] ByteView sigstruct() const { return sigstruct_; }
  [[nodiscard]] bool is_signed() const;
  // Where SIGSTRUCT stands in the file, for signing.
  [[nodiscard]] size_t sigstruct_position() const { return sigstruct_position_; }

  // The enclave offset of a function of the kernel, for instance "strongroom_entry_vm"; fails with kNotFound
  // where the kernel has none, and where it lies outside the kernel's executable pages.
  [[nodiscard]] Result<uint64_t> kernel_function(std::string_view name) const;
  // The same for a variable of so many bytes in the kernel's writable pages.
  [[nodiscard]] Result<uint64_t> kernel_data(std::string_view name, uint64_t size) const;
  // What stands at an enclave offset; reads the whole symbol table, so it is for diagnostics. Nothing where
  // no symbol is near.
  [[nodiscard]] std::optional<SymbolPlace> find_symbol(uint64_t offset) const;

  [[nodiscard]] const ElfFile& elf() const { return elf_; }

 private:
  explicit ImageView(ElfFile elf) : elf_(std::move(elf)) {}

  Result<void> read_segments();
  Result<void> read_notes();
  Result<void> read_header();
  Result<void> check_frame() const;

  ElfFile elf_;
  arch::ImageHeader header_{};
  std::vector<ImageSegment> segments_;
  std::string_view manifest_;
  ByteView sigstruct_;
  size_t sigstruct_position_ = 0;
};

// The digest of an image's head and tail that stands in its header page. `segments_begin` and `segments_end`
// bound the contents of the segments in the file.
std::array<uint8_t, kFrameDigestSize> frame_digest(ByteView file, size_t segments_begin, size_t segments_end,
                                                   size_t sigstruct_position);

}  // namespace strongroom::image
