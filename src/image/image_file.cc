#include "image/image_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.h"
#include "image/image_check.h"

namespace strongroom::image {
namespace {

tl::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformed, std::move(message));
}

constexpr uint32_t kKnownFlags = PF_R | PF_W | PF_X | arch::kSegmentTcs | arch::kSegmentUnmeasured;

uint32_t protection_of(uint32_t flags) {
  return ((flags & PF_R) != 0 ? arch::kRead : 0u) | ((flags & PF_W) != 0 ? arch::kWrite : 0u) |
         ((flags & PF_X) != 0 ? arch::kExecute : 0u);
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

struct Note {
  uint32_t type;
  ByteView contents;
};

// "System V ABI", chapter 5, "Note Section": names and contents are padded to 4 bytes.
Result<Note> read_note(ByteReader& reader) {
  const auto header = TRY(reader.object<Elf64_Nhdr>("note"));
  const auto padded = [](uint32_t size) { return (size_t{size} + 3) & ~size_t{3}; };
  const ByteView name = TRY(reader.bytes(padded(header.n_namesz), "name of a note"));
  const ByteView contents = TRY(reader.bytes(padded(header.n_descsz), "contents of a note"));
  if (header.n_namesz != kNoteName.size() + 1 || as_text(name.first(kNoteName.size())) != kNoteName ||
      !all_zero(name.subspan(kNoteName.size())) || !all_zero(contents.subspan(header.n_descsz)))
    return malformed("a note is not in Strongroom's form");
  return Note{header.n_type, contents.first(header.n_descsz)};
}

}  // namespace

Result<ImageView> ImageView::parse(ByteView file) {
  if (file.size() > kMaximumImage) return malformed("not an enclave image: the file is too large");
  ImageView image(TRY_IN("not an enclave image", ElfFile::parse(file)));
  TRY_IN("not an enclave image", image.read_segments());
  TRY_IN("not an enclave image", image.read_header());
  TRY_IN("not a sound enclave image", image.read_notes());
  TRY_IN("not a sound enclave image", image.check_frame());
  TRY_IN("not a sound enclave image", check_header(image.header_));
  TRY_IN("not a sound enclave image", check_layout(image.header_, image.segments_, image.elf_.entry()));
  return image;
}

Result<void> ImageView::read_segments() {
  if (elf_.type() != ET_DYN) return malformed("the ELF type is not ET_DYN");
  const std::vector<ElfSegment>& raw = elf_.segments();
  for (const ElfSegment& segment : raw)
    if (segment.type != PT_LOAD && segment.type != PT_NOTE)
      return malformed(
          fmt::format("a program header of type {:#x} is for ordinary programs; make an image of a "
                      "program with `strongroom build`",
                      segment.type));
  uint64_t next_in_file = 0;
  for (const ElfSegment& load : raw) {
    if (load.type == PT_NOTE) continue;
    if ((load.flags & ~kKnownFlags) != 0) return malformed(fmt::format("unknown flags {:#x}", load.flags));
    if (load.address % arch::kPageSize != 0 || load.memory_size % arch::kPageSize != 0 ||
        load.memory_size == 0 || load.contents.size() % arch::kPageSize != 0 ||
        load.file_offset % arch::kPageSize != 0)
      return malformed(fmt::format("the segment at {:#x} is not whole pages", load.address));
    if (!segments_.empty() && load.file_offset != next_in_file)
      return malformed(
          fmt::format("the segment at {:#x} does not follow the one before it in the file", load.address));
    if (load.writable() && load.executable())
      return malformed(fmt::format("the segment at {:#x} is writable and executable", load.address));
    next_in_file = load.file_offset + load.contents.size();
    segments_.push_back(ImageSegment{load.address, load.memory_size, load.contents, protection_of(load.flags),
                                     load.flags & (arch::kSegmentTcs | arch::kSegmentUnmeasured)});
  }
  if (segments_.empty()) return malformed("it has no segments");
  uint64_t pages = 0;  // no sum of 1024 segments below 2^46 bytes wraps
  for (const ImageSegment& segment : segments_) pages += segment.memory_size;
  if (pages > kMaximumPages) return malformed("its segments take more than 4 GiB");
  return {};
}

Result<void> ImageView::read_header() {
  const ImageSegment& page = segments_.front();
  if (page.offset != 0 || page.contents.size() != arch::kPageSize)
    return malformed("the first segment is not the header page");
  ByteReader reader(page.contents);
  header_ = TRY(reader.object<arch::ImageHeader>("header page"));
  if (header_.magic != arch::kImageMagic) return malformed("the header page has another magic number");
  if (header_.version != arch::kImageVersion)
    return fail(ErrorCode::kUnsupported,
                fmt::format("image version {}; this Strongroom reads version {}; build the "
                            "image anew",
                            header_.version, arch::kImageVersion));
  TRY(reader.skip(kFrameDigestOffset + kFrameDigestSize - sizeof header_, "header page"));
  const ByteView between = page.contents.subspan(sizeof header_, kFrameDigestOffset - sizeof header_);
  if (!all_zero(between) || !all_zero(reader.rest()))
    return malformed("the header page's free bytes are not zero");
  return {};
}

Result<void> ImageView::read_notes() {
  const ElfSegment* segment = elf_.find(PT_NOTE);
  if (segment == nullptr) return malformed("the notes are missing");
  ByteReader reader(segment->contents);
  const Note sigstruct = TRY(read_note(reader));
  if (sigstruct.type != static_cast<uint32_t>(arch::ImageNote::kSigstruct) ||
      sigstruct.contents.size() != kSigstructSize)
    return malformed("the first note is not SIGSTRUCT");
  const Note manifest = TRY(read_note(reader));
  if (manifest.type != static_cast<uint32_t>(arch::ImageNote::kManifest))
    return malformed("the second note is not the manifest");
  TRY(reader.expect_end("notes"));
  sigstruct_ = sigstruct.contents;
  sigstruct_position_ = static_cast<size_t>(sigstruct.contents.data() - elf_.file().data());
  manifest_ = as_text(manifest.contents);
  return {};
}

Result<void> ImageView::check_frame() const {
  const std::vector<ElfSegment> loads = elf_.loads();
  const size_t begin = loads.front().file_offset;
  const size_t end = loads.back().file_offset + loads.back().contents.size();
  if (sigstruct_position_ + kSigstructSize > begin)
    return malformed("the notes do not stand before the segments");
  const auto digest = frame_digest(elf_.file(), begin, end, sigstruct_position_);
  if (!equal(digest, segments_.front().contents.subspan(kFrameDigestOffset, kFrameDigestSize)))
    return fail(ErrorCode::kVerificationFailed,
                "manifest, symbols or headers were changed: their digest in the header page does not hold");
  return {};
}

bool ImageView::is_signed() const {
  return !all_zero(sigstruct_);
}

Result<uint64_t> ImageView::kernel_function(std::string_view name) const {
  const std::optional<ElfSymbol> symbol = TRY(elf_.find_symbol(name));
  if (!symbol) return fail(ErrorCode::kNotFound, fmt::format("the image's kernel has no function {}", name));
  for (const ImageSegment& segment : segments_)
    if (symbol->address >= segment.offset && symbol->address < segment.end() &&
        segment.end() <= header_.kernel.offset + header_.kernel.size &&
        (segment.protection & arch::kExecute) != 0)
      return symbol->address;
  return malformed(fmt::format("{} lies outside the kernel's code", name));
}

Result<uint64_t> ImageView::kernel_data(std::string_view name, uint64_t size) const {
  const std::optional<ElfSymbol> symbol = TRY(elf_.find_symbol(name));
  if (!symbol) return fail(ErrorCode::kNotFound, fmt::format("the image's kernel has no variable {}", name));
  for (const ImageSegment& segment : segments_)
    if (symbol->address >= segment.offset && symbol->address < segment.end() &&
        size <= segment.end() - symbol->address &&
        segment.end() <= header_.kernel.offset + header_.kernel.size &&
        (segment.protection & arch::kWrite) != 0)
      return symbol->address;
  return malformed(fmt::format("{} lies outside the kernel's data", name));
}

std::optional<SymbolPlace> ImageView::find_symbol(uint64_t offset) const {
  const Result<std::vector<ElfSymbol>> symbols = elf_.symbols();
  if (!symbols) return std::nullopt;
  const auto segment_of = [this](uint64_t address) {
    return std::find_if(segments_.begin(), segments_.end(), [address](const ImageSegment& segment) {
      return address >= segment.offset && address < segment.end();
    });
  };
  const auto segment = segment_of(offset);
  if (segment == segments_.end()) return std::nullopt;
  const ElfSymbol* best = nullptr;
  for (const ElfSymbol& symbol : *symbols) {
    if (symbol.address > offset || symbol.address < segment->offset) continue;
    const bool inside = symbol.size == 0 || offset - symbol.address < symbol.size;
    if (inside && (best == nullptr || symbol.address > best->address)) best = &symbol;
  }
  if (best == nullptr) return std::nullopt;
  return SymbolPlace{best->name, offset - best->address,
                     offset < header_.kernel.offset + header_.kernel.size};
}

std::array<uint8_t, kFrameDigestSize> frame_digest(ByteView file, size_t segments_begin, size_t segments_end,
                                                   size_t sigstruct_position) {
  static constexpr std::array<uint8_t, kSigstructSize> kUnsigned{};
  crypto::Sha256 digest;
  digest.update(file.first(sigstruct_position));
  digest.update(kUnsigned);
  digest.update(file.subspan(sigstruct_position + kSigstructSize,
                             segments_begin - sigstruct_position - kSigstructSize));
  digest.update(file.subspan(segments_end));
  return digest.finish();
}

}  // namespace strongroom::image
