#include "image/intel_enclave.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "arch/sigstruct.h"
#include "arch/tcs.h"

namespace strongroom::image {
namespace {

using arch::kPageSize;

constexpr uint64_t kMagic = 0x86A80294635D0E4C;
constexpr std::string_view kNoteName{"sgx_metadata\0", 13};
constexpr uint64_t version(uint64_t major, uint64_t minor) {
  return major << 32 | minor;
}
// The first version with a layout table; its loader adds a page after some segments.
constexpr uint64_t kFirstLayout = version(1, 3);
// Above this major version the enclave is loaded into an address range larger than itself.
constexpr uint64_t kRangeVersions = 10;

struct Directory {
  uint32_t offset;  // from the metadata
  uint32_t size;
};
struct Metadata {
  uint64_t magic;
  uint64_t version;
  uint32_t size;
  uint32_t tcs_policy;
  uint32_t ssa_frame_pages;
  uint32_t save_buffer_size;
  uint32_t misc_select;
  uint32_t tcs_min_pool;
  uint64_t enclave_size;
  uint8_t attributes[16];
  uint8_t sigstruct[sizeof(arch::Sigstruct)];
  Directory patches;
  Directory layout;
};
static_assert(sizeof(Metadata) == 0x760);

// Of metadata above kRangeVersions: a Directory right behind the head leads to it. Addresses, and bytes.
struct AddressRange {
  uint64_t image_address;
  uint64_t start;
  uint64_t size;
};
static_assert(sizeof(AddressRange) == 24);

struct Patch {
  uint64_t to;    // in the file
  uint32_t from;  // in the metadata
  uint32_t size;
  uint32_t reserved[4];
};
static_assert(sizeof(Patch) == 32);

struct LayoutEntry {
  uint16_t id;
  uint16_t attributes;
  uint32_t page_count;
  uint64_t address;
  uint32_t content_size;  // without an offset: the word that fills the pages
  uint32_t content_offset;
  uint64_t flags;
};
struct LayoutGroup {
  uint16_t id;
  uint16_t entries;  // before this one, to be loaded again
  uint32_t times;
  uint64_t step;  // bytes, each time
  uint32_t reserved[4];
};
static_assert(sizeof(LayoutEntry) == 32 && sizeof(LayoutGroup) == 32);

constexpr uint16_t kGroup = 1 << 12;
constexpr uint16_t kAdd = 1 << 0, kExtend = 1 << 1;
constexpr uint64_t kFlags = 0xff07;  // SECINFO: page type, R, W, X
constexpr uint64_t kTcs = static_cast<uint64_t>(arch::PageType::kTcs) << arch::kSecinfoTypeShift;
constexpr uint64_t kRegular = static_cast<uint64_t>(arch::PageType::kRegular) << arch::kSecinfoTypeShift;

constexpr uint64_t kMostEntries = 1 << 20;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("the metadata of Intel's SDK: {}", what));
}
tl::unexpected<Error> unsupported(std::string_view what) {
  return fail(ErrorCode::kUnsupported, std::string(what));
}

constexpr uint64_t page_of(uint64_t address) {
  return address & ~(kPageSize - 1);
}
constexpr uint64_t round_up(uint64_t size) {
  return page_of(size + kPageSize - 1);
}

// The pages that have relocations, where the file asks for them in pages that are not writable.
Result<std::set<uint64_t>> relocated_pages(const ElfFile& elf) {
  std::set<uint64_t> pages;
  const auto dynamic = TRY(read_dynamic(elf));
  if (std::none_of(dynamic.begin(), dynamic.end(), [](const auto& entry) { return entry.tag == DT_TEXTREL; }))
    return pages;
  for (const Elf64_Rela& one : TRY(read_relocations(elf))) {
    if (ELF64_R_TYPE(one.r_info) == R_X86_64_NONE) continue;
    pages.insert(page_of(one.r_offset));
    if (one.r_offset % kPageSize > kPageSize - sizeof(uint64_t))
      pages.insert(page_of(one.r_offset) + kPageSize);
  }
  return pages;
}

// The pages in the order in which they are loaded.
class Loader {
 public:
  // `base`: where address 0 of the file stands in the range.
  static Result<Loader> create(uint64_t range_size, uint64_t base, uint32_t ssa_frame_pages,
                               uint64_t most_hashed) {
    Loader loader(TRY(arch::MeasurementBuilder::create(range_size, ssa_frame_pages)), base, most_hashed);
    loader.contents_.enclave_size = range_size;
    loader.contents_.ssa_frame_pages = ssa_frame_pages;
    return loader;
  }

  // One page, with `content` from `begin` on and zeros around it.
  Result<void> add(uint64_t address, uint64_t flags, bool measured, size_t begin, ByteView content) {
    const uint64_t cost = 64 + (measured ? kPageSize + kPageSize / 4 : 0);
    if (cost > left_) return unsupported("the enclave is too large to be measured here");
    left_ -= cost;
    TRY(builder_.add_page(base_ + address, arch::Secinfo{flags, {}}));
    ++contents_.pages;
    if (flags == kTcs) ++contents_.tcs_pages;
    (measured ? contents_.measured_bytes : contents_.unmeasured_bytes) += kPageSize;
    if (!measured) return {};
    uint8_t page[kPageSize] = {};
    std::copy(content.begin(), content.end(), page + begin);
    for (uint64_t at = 0; at < kPageSize; at += 256)
      TRY(builder_.extend(base_ + address + at, ByteView(page).subspan(at, 256)));
    return {};
  }

  // A region that may begin and end inside of a page; `writable`: pages that get the right to write.
  Result<void> add_region(uint64_t address, uint64_t size, uint64_t flags, ByteView content,
                          const std::set<uint64_t>& writable) {
    uint64_t done = 0;
    while (done < content.size()) {
      const uint64_t at = address + done;
      const uint64_t begin = at % kPageSize;
      const uint64_t count = std::min(kPageSize - begin, content.size() - done);
      const uint64_t granted = writable.contains(page_of(at)) ? flags | arch::kSecinfoWrite : flags;
      TRY(add(page_of(at), granted, true, begin, content.subspan(done, count)));
      done += kPageSize - begin;
    }
    if (size <= done) return {};
    const uint64_t end = round_up(address + size);
    for (uint64_t at = page_of(address + done); at < end; at += kPageSize) TRY(add(at, flags, true, 0, {}));
    return {};
  }

  SgxContents finish() {
    contents_.measurement = builder_.finish();
    return contents_;
  }

 private:
  Loader(arch::MeasurementBuilder builder, uint64_t base, uint64_t most_hashed)
      : builder_(std::move(builder)), base_(base), left_(most_hashed) {}

  arch::MeasurementBuilder builder_;
  uint64_t base_;
  SgxContents contents_;
  uint64_t left_;  // bytes to hash
};

// One enclave file and its metadata.
class IntelEnclave {
 public:
  IntelEnclave(const ElfFile& elf, ByteView bytes, const Metadata& metadata)
      : elf_(elf), bytes_(bytes), metadata_(metadata) {}

  Result<SgxContents> measure(uint64_t most_hashed) const {
    const AddressRange range = TRY(address_range());
    Loader loader = TRY(Loader::create(range.size, range.image_address - range.start,
                                       metadata_.ssa_frame_pages, most_hashed));
    const Bytes file = TRY(patched());
    TRY(load_segments(loader, file));
    TRY(load_layout(loader));
    return loader.finish();
  }

 private:
  Result<AddressRange> address_range() const {
    if (metadata_.version >> 32 <= kRangeVersions) return AddressRange{0, 0, metadata_.enclave_size};
    ByteReader directory(
        TRY(part(sizeof(Metadata), sizeof(Directory), "the directory of the address range")));
    const auto where = TRY(directory.object<Directory>("address range"));
    ByteReader reader(TRY(part(where.offset, sizeof(AddressRange), "the address range")));
    const auto range = TRY(reader.object<AddressRange>("address range"));
    const uint64_t base = range.image_address - range.start;
    if (range.image_address < range.start || base % kPageSize != 0 || base > range.size ||
        metadata_.enclave_size > range.size - base)
      return malformed("the enclave is outside of its address range");
    return range;
  }

  // The table of a directory, which is in the data behind the head.
  template <typename Entry>
  Result<std::vector<Entry>> table(const Directory& directory, const char* what) const {
    ByteReader reader(TRY(part(directory.offset, directory.size, what)));
    std::vector<Entry> out;
    while (!reader.at_end()) out.push_back(TRY(reader.object<Entry>(what)));
    return out;
  }
  Result<ByteView> part(uint64_t offset, uint64_t size, std::string_view what) const {
    if (offset < sizeof(Metadata) || offset > bytes_.size() || size > bytes_.size() - offset)
      return malformed(fmt::format("{} is outside of it", what));
    return bytes_.subspan(offset, size);
  }

  Result<Bytes> patched() const {
    Bytes file(elf_.file().begin(), elf_.file().end());
    for (const Patch& patch : TRY(table<Patch>(metadata_.patches, "the table of patches"))) {
      const ByteView content = TRY(part(patch.from, patch.size, "a patch"));
      if (patch.to > file.size() || patch.size > file.size() - patch.to)
        return malformed("a patch is outside of the file");
      std::copy(content.begin(), content.end(), file.begin() + static_cast<ptrdiff_t>(patch.to));
    }
    return file;
  }

  Result<void> load_segments(Loader& loader, ByteView file) const {
    const auto writable = TRY(relocated_pages(elf_));
    const std::vector<ElfSegment> loads = elf_.loads();
    for (size_t i = 0; i < loads.size(); ++i) {
      const ElfSegment& load = loads[i];
      const uint64_t flags = flags_of(load);
      if (load.end() > metadata_.enclave_size) return malformed("a segment ends outside of the enclave");
      TRY(loader.add_region(load.address, load.memory_size, flags,
                            file.subspan(load.file_offset, load.contents.size()), writable));
      if (metadata_.version != kFirstLayout || !has_page_more(load)) continue;
      const uint64_t more = round_up(load.end());
      if (i + 1 == loads.size() || more < page_of(loads[i + 1].address))
        TRY(loader.add(more, flags, true, 0, {}));
    }
    return {};
  }
  static uint64_t flags_of(const ElfSegment& load) {
    return kRegular | ((load.flags & PF_R) != 0 ? uint64_t{arch::kSecinfoRead} : 0) |
           (load.writable() ? uint64_t{arch::kSecinfoWrite} : 0) |
           (load.executable() ? uint64_t{arch::kSecinfoExecute} : 0);
  }
  // Where rounding up the size first gives a page more.
  static bool has_page_more(const ElfSegment& load) {
    return round_up(load.end()) < round_up(round_up(load.memory_size) + load.address);
  }

  Result<void> load_layout(Loader& loader) const {
    const auto entries = TRY(table<LayoutEntry>(metadata_.layout, "the layout table"));
    uint64_t visited = 0;
    for (size_t i = 0; i < entries.size(); ++i) {
      if ((entries[i].id & kGroup) == 0) {
        TRY(load_entry(loader, entries[i], 0));
        continue;
      }
      LayoutGroup group;
      std::memcpy(&group, &entries[i], sizeof(group));
      if (group.entries > i) return malformed("a group is larger than the layout table before it");
      for (uint64_t time = 1; time <= group.times; ++time) {
        if ((visited += group.entries + 1u) > kMostEntries)
          return unsupported("the layout table repeats too often");
        for (size_t j = i - group.entries; j < i; ++j) {
          if ((entries[j].id & kGroup) != 0) return malformed("a group is inside of a group");
          TRY(load_entry(loader, entries[j], time * group.step));
        }
      }
    }
    return {};
  }

  Result<void> load_entry(Loader& loader, const LayoutEntry& entry, uint64_t moved) const {
    if ((entry.attributes & kAdd) == 0) return {};
    const uint64_t size = uint64_t{entry.page_count} * kPageSize;
    const uint64_t address = entry.address + moved;
    if (address % kPageSize != 0 || address > metadata_.enclave_size ||
        size > metadata_.enclave_size - address)
      return malformed("an entry of the layout table is outside of the enclave");
    if ((entry.flags & ~kFlags) != 0) return malformed("an entry of the layout table has unknown flags");
    if (entry.content_offset != 0) {
      const ByteView content = TRY(part(entry.content_offset, entry.content_size, "the content of a page"));
      if (entry.flags != kTcs) return loader.add_region(address, size, entry.flags, content, {});
      return load_tcs(loader, entry, address, content);
    }
    if (entry.flags == 0) return {};
    uint8_t page[kPageSize];
    for (size_t at = 0; at < kPageSize; at += sizeof(entry.content_size))
      std::memcpy(page + at, &entry.content_size, sizeof(entry.content_size));
    for (uint64_t at = 0; at < size; at += kPageSize)
      TRY(loader.add(address + at, entry.flags, (entry.attributes & kExtend) != 0, 0, page));
    return {};
  }

  // The addresses of a TCS count from the page itself.
  static Result<void> load_tcs(Loader& loader, const LayoutEntry& entry, uint64_t address, ByteView content) {
    constexpr size_t kAddresses[] = {offsetof(arch::Tcs, ssa_offset), offsetof(arch::Tcs, fs_base_offset),
                                     offsetof(arch::Tcs, gs_base_offset)};
    if (content.size() > kPageSize) return malformed("a TCS is larger than a page");
    uint8_t page[kPageSize] = {};
    std::copy(content.begin(), content.end(), page);
    for (const size_t at : kAddresses) {
      uint64_t value;
      std::memcpy(&value, page + at, sizeof(value));
      value += address;
      std::memcpy(page + at, &value, sizeof(value));
    }
    for (uint64_t i = 0; i < entry.page_count; ++i)
      TRY(loader.add(address + i * kPageSize, entry.flags, (entry.attributes & kExtend) != 0, 0, page));
    return {};
  }

  const ElfFile& elf_;
  ByteView bytes_;
  const Metadata& metadata_;
};

}  // namespace

Result<SgxContents> measure_intel_enclave(const ElfFile& elf, ByteView note, uint64_t most_hashed) {
  ByteReader reader(note);
  const auto name_size = TRY(reader.little<uint32_t>("size of the name"));
  const auto block_size = TRY(reader.little<uint32_t>("size of the metadata"));
  TRY(reader.skip(4, "type of the note"));
  if (name_size != kNoteName.size() || as_text(TRY(reader.bytes(name_size, "name of the note"))) != kNoteName)
    return malformed("the note has another name");
  // Without padding behind the name.
  const ByteView block = TRY(reader.bytes(block_size, "metadata"));
  ByteReader head(block);
  const auto metadata = TRY(head.object<Metadata>("metadata"));
  if (metadata.magic != kMagic) return malformed("it does not begin with its magic number");
  if (metadata.size < sizeof(Metadata) || metadata.size > block.size())
    return malformed("its size is not that of the note");
  if (metadata.version < kFirstLayout)
    return unsupported(fmt::format("metadata of version {}.{} are older than the layout table",
                                   metadata.version >> 32, metadata.version & 0xffffffff));
  return IntelEnclave(elf, block.first(metadata.size), metadata).measure(most_hashed);
}

}  // namespace strongroom::image
