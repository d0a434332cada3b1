#include "image/elf_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace strongroom::image {
namespace {

constexpr uint64_t kHighestAddress = uint64_t{1} << 46;  // far above any enclave; sums below cannot wrap
constexpr uint16_t kMaximumSegments = 1024;

tl::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformed, std::move(message));
}

tl::unexpected<Error> unsupported(std::string message) {
  return fail(ErrorCode::kUnsupported, std::move(message));
}

// A part of the file, at an offset that the file itself names.
Result<ByteView> slice(ByteView file, uint64_t offset, uint64_t size, std::string_view what) {
  if (offset > file.size() || size > file.size() - offset)
    return malformed(
        fmt::format("{}: bytes {:#x} + {:#x} lie outside the file of {:#x} bytes; is it cut off?", what,
                    offset, size, file.size()));
  return file.subspan(offset, size);
}

// The NUL-ended string at `offset` of a string table.
Result<std::string_view> string_at(ByteView table, uint64_t offset, std::string_view what) {
  if (offset >= table.size()) return malformed(fmt::format("{}: name offset {:#x} is outside", what, offset));
  const std::string_view text = as_text(table.subspan(offset));
  const size_t end = text.find('\0');
  if (end == std::string_view::npos) return malformed(fmt::format("{}: a name has no end", what));
  return text.substr(0, end);
}

Result<void> check_load(const ElfSegment& load, const ElfSegment* previous) {
  if (load.contents.size() > load.memory_size)
    return malformed(fmt::format("segment at {:#x}: has {:#x} bytes in the file but only {:#x} in memory",
                                 load.address, load.contents.size(), load.memory_size));
  if (load.memory_size > kHighestAddress || load.address > kHighestAddress - load.memory_size)
    return malformed(fmt::format("segment at {:#x}: its end wraps around", load.address));
  if (load.alignment > 1 && !std::has_single_bit(load.alignment))
    return malformed(
        fmt::format("segment at {:#x}: alignment {:#x} is not a power of two", load.address, load.alignment));
  if (load.alignment > 1 && ((load.address - load.file_offset) & (load.alignment - 1)) != 0)
    return malformed(fmt::format("segment at {:#x}: address and file offset {:#x} do not agree modulo {:#x}",
                                 load.address, load.file_offset, load.alignment));
  if (previous != nullptr && load.address < previous->end())
    return malformed(fmt::format("segment at {:#x}: overlaps or precedes the segment at {:#x}", load.address,
                                 previous->address));
  return {};
}

}  // namespace

Result<ElfFile> ElfFile::parse(ByteView file) {
  ElfFile elf;
  elf.file_ = file;
  TRY(elf.parse_header());
  TRY(elf.parse_segments());
  return elf;
}

Result<void> ElfFile::parse_header() {
  if (file_.size() < SELFMAG || !equal(file_.first(SELFMAG), as_bytes(ELFMAG)))
    return malformed("not an ELF file: the magic number is missing");
  ByteReader reader(file_);
  header_ = TRY(reader.object<Elf64_Ehdr>("ELF header"));
  if (header_.e_ident[EI_CLASS] != ELFCLASS64)
    return unsupported("a 32-bit ELF file; build for x86-64 (without -m32)");
  if (header_.e_ident[EI_DATA] != ELFDATA2LSB) return unsupported("a big-endian ELF file; build for x86-64");
  if (header_.e_machine != EM_X86_64)
    return unsupported(
        fmt::format("built for another architecture (ELF machine {}); build for x86-64", header_.e_machine));
  if (header_.e_ident[EI_VERSION] != EV_CURRENT || header_.e_version != EV_CURRENT)
    return malformed("unknown version of ELF");
  if (header_.e_ehsize != sizeof(Elf64_Ehdr)) return malformed("ELF header: wrong e_ehsize");
  return {};
}

Result<void> ElfFile::parse_segments() {
  if (header_.e_phnum == 0) return {};
  if (header_.e_phentsize != sizeof(Elf64_Phdr)) return malformed("ELF header: wrong e_phentsize");
  if (header_.e_phnum > kMaximumSegments)
    return malformed(fmt::format("ELF header: {} program headers; at most {} are read", header_.e_phnum,
                                 kMaximumSegments));
  ByteReader reader(
      TRY(slice(file_, header_.e_phoff, uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr), "program headers")));
  const ElfSegment* previous = nullptr;
  segments_.reserve(header_.e_phnum);  // `previous` points into it
  for (uint16_t i = 0; i < header_.e_phnum; ++i) {
    const auto raw = TRY(reader.object<Elf64_Phdr>("program header"));
    const ByteView contents =
        TRY(slice(file_, raw.p_offset, raw.p_type == PT_NULL ? 0 : raw.p_filesz, "segment"));
    segments_.push_back(
        ElfSegment{raw.p_type, raw.p_flags, raw.p_offset, raw.p_vaddr, raw.p_memsz, raw.p_align, contents});
    if (raw.p_type != PT_LOAD) continue;
    TRY(check_load(segments_.back(), previous));
    previous = &segments_.back();
  }
  return {};
}

std::vector<ElfSegment> ElfFile::loads() const {
  std::vector<ElfSegment> loads;
  for (const ElfSegment& segment : segments_)
    if (segment.type == PT_LOAD && segment.memory_size != 0) loads.push_back(segment);
  return loads;
}

const ElfSegment* ElfFile::find(uint32_t type) const {
  for (const ElfSegment& segment : segments_)
    if (segment.type == type) return &segment;
  return nullptr;
}

Result<ByteView> ElfFile::bytes_at(uint64_t address, uint64_t size, std::string_view what) const {
  for (const ElfSegment& load : segments_) {
    if (load.type != PT_LOAD || address < load.address) continue;
    const uint64_t offset = address - load.address;
    if (offset <= load.contents.size() && size <= load.contents.size() - offset)
      return load.contents.subspan(offset, size);
  }
  return malformed(fmt::format("{}: no segment holds {:#x} bytes at {:#x}", what, size, address));
}

Result<ByteView> ElfFile::bytes_from(uint64_t address, std::string_view what) const {
  for (const ElfSegment& load : segments_)
    if (load.type == PT_LOAD && address >= load.address && address - load.address < load.contents.size())
      return load.contents.subspan(address - load.address);
  return malformed(fmt::format("{}: no segment holds {:#x}", what, address));
}

Result<std::vector<ElfSection>> ElfFile::sections() const {
  std::vector<ElfSection> sections;
  if (header_.e_shoff == 0 || header_.e_shnum == 0) return sections;
  if (header_.e_shentsize != sizeof(Elf64_Shdr)) return malformed("ELF header: wrong e_shentsize");
  const ByteView table =
      TRY(slice(file_, header_.e_shoff, uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr), "section headers"));
  std::vector<Elf64_Shdr> headers;
  ByteReader reader(table);
  while (!reader.at_end()) headers.push_back(TRY(reader.object<Elf64_Shdr>("section header")));

  ByteView names;
  if (header_.e_shstrndx != SHN_UNDEF) {
    if (header_.e_shstrndx >= headers.size()) return malformed("ELF header: wrong e_shstrndx");
    const Elf64_Shdr& strings = headers[header_.e_shstrndx];
    names = TRY(slice(file_, strings.sh_offset, strings.sh_size, "section names"));
  }
  for (const Elf64_Shdr& raw : headers) {
    const bool in_file = raw.sh_type != SHT_NOBITS && raw.sh_type != SHT_NULL;
    ElfSection section{"", raw.sh_type, raw.sh_flags, raw.sh_addr, raw.sh_size, raw.sh_link, {}};
    if (in_file) section.contents = TRY(slice(file_, raw.sh_offset, raw.sh_size, "section"));
    if (!names.empty()) section.name = TRY(string_at(names, raw.sh_name, "section names"));
    sections.push_back(section);
  }
  return sections;
}

template <typename Visitor>
Result<void> ElfFile::visit_symbols(Visitor visit) const {
  const std::vector<ElfSection> all = TRY(sections());
  const auto table = std::find_if(all.begin(), all.end(),
                                  [](const ElfSection& section) { return section.type == SHT_SYMTAB; });
  if (table == all.end()) return {};
  if (table->link >= all.size()) return malformed("symbol table: wrong sh_link");
  const ByteView names = all[table->link].contents;
  ByteReader reader(table->contents);
  for (bool first = true; !reader.at_end(); first = false) {
    const auto raw = TRY(reader.object<Elf64_Sym>("symbol"));
    if (first) continue;
    const ElfSymbol symbol{TRY(string_at(names, raw.st_name, "symbol names")),
                           raw.st_value,
                           raw.st_size,
                           static_cast<uint8_t>(ELF64_ST_TYPE(raw.st_info)),
                           static_cast<uint8_t>(ELF64_ST_BIND(raw.st_info)),
                           raw.st_shndx};
    if (!visit(symbol)) return {};
  }
  return {};
}

Result<std::vector<ElfSymbol>> ElfFile::symbols() const {
  std::vector<ElfSymbol> symbols;
  TRY(visit_symbols([&symbols](const ElfSymbol& symbol) {
    symbols.push_back(symbol);
    return true;
  }));
  return symbols;
}

Result<std::optional<ElfSymbol>> ElfFile::find_symbol(std::string_view name) const {
  std::optional<ElfSymbol> found;
  TRY(visit_symbols([&](const ElfSymbol& symbol) {
    if (symbol.name == name) found = symbol;
    return !found;
  }));
  return found;
}

}  // namespace strongroom::image
