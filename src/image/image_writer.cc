#include "image/image_writer.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "image/image_file.h"

namespace strongroom::image {
namespace {

constexpr size_t kHeaderAlignment = 8;

size_t page_up(size_t size) {
  return (size + arch::kPageSize - 1) / arch::kPageSize * arch::kPageSize;
}

uint32_t elf_flags(const SegmentPart& segment) {
  return ((segment.protection & arch::kRead) != 0 ? uint32_t{PF_R} : 0u) |
         ((segment.protection & arch::kWrite) != 0 ? uint32_t{PF_W} : 0u) |
         ((segment.protection & arch::kExecute) != 0 ? uint32_t{PF_X} : 0u) | segment.flags;
}

// Whole pages, without the zero pages at the end.
void trim(Bytes& contents) {
  while (!contents.empty() && contents.back() == 0) contents.pop_back();
  contents.resize(page_up(contents.size()));
}

void put_note(ByteWriter& out, arch::ImageNote type, ByteView contents) {
  const auto pad = [&out] { out.zeros((4 - out.size() % 4) % 4); };
  out.bytes(
      object_bytes(Elf64_Nhdr{static_cast<Elf64_Word>(kNoteName.size() + 1),
                              static_cast<Elf64_Word>(contents.size()), static_cast<Elf64_Word>(type)}));
  out.bytes(as_bytes(kNoteName)).zeros(1);
  pad();
  out.bytes(contents);
  pad();
}

// A string table in which each string stands once.
class StringTable {
 public:
  uint32_t add(std::string_view text) {
    const auto [place, is_new] = places_.emplace(std::string(text), bytes_.size());
    if (is_new) {
      bytes_.insert(bytes_.end(), text.begin(), text.end());
      bytes_.push_back(0);
    }
    return place->second;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_ = {0};
  std::map<std::string, uint32_t> places_ = {{"", 0}};
};

// The section table with the contents that stand in no segment.
class SectionWriter {
 public:
  explicit SectionWriter(ByteWriter& out) : out_(out) { headers_.push_back(Elf64_Shdr{}); }

  uint16_t add(std::string_view name, Elf64_Shdr header) {
    header.sh_name = names_.add(name);
    headers_.push_back(header);
    return static_cast<uint16_t>(headers_.size() - 1);
  }
  uint16_t add_with_contents(std::string_view name, Elf64_Shdr header, ByteView contents) {
    out_.zeros((kHeaderAlignment - out_.size() % kHeaderAlignment) % kHeaderAlignment);
    header.sh_offset = out_.size();
    header.sh_size = contents.size();
    out_.bytes(contents);
    return add(name, header);
  }
  // Writes the names and the table itself; fills in the ELF header's words about them.
  void finish(Elf64_Ehdr& elf) {
    names_.add(".shstrtab");
    Elf64_Shdr strings{};
    strings.sh_type = SHT_STRTAB;
    strings.sh_addralign = 1;
    const Bytes names = names_.bytes();
    elf.e_shstrndx = add_with_contents(".shstrtab", strings, names);
    out_.zeros((kHeaderAlignment - out_.size() % kHeaderAlignment) % kHeaderAlignment);
    elf.e_shoff = out_.size();
    elf.e_shnum = static_cast<Elf64_Half>(headers_.size());
    for (const Elf64_Shdr& header : headers_) out_.bytes(object_bytes(header));
  }

 private:
  ByteWriter& out_;
  std::vector<Elf64_Shdr> headers_;
  StringTable names_;
};

Elf64_Shdr section_of(const SegmentPart& segment, uint64_t file_offset) {
  Elf64_Shdr header{};
  header.sh_type = segment.contents.empty() ? SHT_NOBITS : SHT_PROGBITS;
  header.sh_flags = uint64_t{SHF_ALLOC} |
                    ((segment.protection & arch::kWrite) != 0 ? uint64_t{SHF_WRITE} : 0u) |
                    ((segment.protection & arch::kExecute) != 0 ? uint64_t{SHF_EXECINSTR} : 0u);
  header.sh_addr = segment.offset;
  header.sh_offset = file_offset;
  // A section that has bytes in the file ends with them; the zeros behind belong to the segment alone.
  header.sh_size = segment.contents.empty() ? segment.memory_size : segment.contents.size();
  header.sh_addralign = arch::kPageSize;
  return header;
}

void put_symbols(SectionWriter& sections, std::vector<SymbolPart> symbols,
                 const std::vector<SegmentPart>& segments, const std::vector<uint16_t>& section_numbers) {
  const auto is_global = [](const SymbolPart& symbol) { return symbol.binding != STB_LOCAL; };
  // Local symbols come first (System V ABI, chapter 4, "Symbol Table").
  const auto key = [&](const SymbolPart& symbol) {
    return std::tuple(is_global(symbol), symbol.offset, symbol.name, symbol.size, symbol.type,
                      symbol.binding);
  };
  std::sort(symbols.begin(), symbols.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });

  StringTable names;
  ByteWriter table;
  table.zeros(sizeof(Elf64_Sym));
  uint32_t locals = 1;
  for (const SymbolPart& symbol : symbols) {
    const auto segment = std::find_if(segments.begin(), segments.end(), [&](const SegmentPart& part) {
      return symbol.offset >= part.offset && symbol.offset - part.offset < part.memory_size;
    });
    if (segment == segments.end()) continue;
    Elf64_Sym raw{};
    raw.st_name = names.add(symbol.name);
    raw.st_info = static_cast<unsigned char>(ELF64_ST_INFO(symbol.binding, symbol.type));
    raw.st_shndx = section_numbers[static_cast<size_t>(segment - segments.begin())];
    raw.st_value = symbol.offset;
    raw.st_size = symbol.size;
    table.bytes(object_bytes(raw));
    if (!is_global(symbol)) ++locals;
  }
  Elf64_Shdr strings{};
  strings.sh_type = SHT_STRTAB;
  strings.sh_addralign = 1;
  Elf64_Shdr header{};
  header.sh_link = sections.add_with_contents(".strtab", strings, names.bytes());
  header.sh_type = SHT_SYMTAB;
  header.sh_info = locals;
  header.sh_entsize = sizeof(Elf64_Sym);
  header.sh_addralign = kHeaderAlignment;
  sections.add_with_contents(".symtab", header, table.take());
}

template <typename T>
void overwrite(Bytes& file, size_t offset, const T& object) {
  std::memcpy(file.data() + offset, &object, sizeof object);
}

Elf64_Ehdr elf_header(uint64_t entry, size_t segments) {
  Elf64_Ehdr elf{};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_ident[EI_VERSION] = EV_CURRENT;
  elf.e_type = ET_DYN;
  elf.e_machine = EM_X86_64;
  elf.e_version = EV_CURRENT;
  elf.e_entry = entry;
  elf.e_phoff = sizeof(Elf64_Ehdr);
  elf.e_ehsize = sizeof(Elf64_Ehdr);
  elf.e_phentsize = sizeof(Elf64_Phdr);
  elf.e_phnum = static_cast<Elf64_Half>(segments + 1);
  elf.e_shentsize = sizeof(Elf64_Shdr);
  return elf;
}

}  // namespace

Bytes write_image(ImageParts parts) {
  std::vector<SegmentPart>& segments = parts.segments;
  for (SegmentPart& segment : segments)
    if (segment.flags == arch::kSegmentTcs)
      segment.contents.resize(segment.memory_size);
    else
      trim(segment.contents);

  ByteWriter notes;
  static constexpr std::array<uint8_t, kSigstructSize> kUnsigned{};
  put_note(notes, arch::ImageNote::kSigstruct, kUnsigned);
  put_note(notes, arch::ImageNote::kManifest, as_bytes(parts.manifest));
  const Bytes note_bytes = notes.take();

  Elf64_Ehdr elf = elf_header(parts.entry, segments.size());
  const size_t notes_begin = sizeof elf + (segments.size() + 1) * sizeof(Elf64_Phdr);
  const size_t sigstruct_position = notes_begin + sizeof(Elf64_Nhdr) + (kNoteName.size() + 1 + 3) / 4 * 4;
  const size_t begin = page_up(notes_begin + note_bytes.size());

  ByteWriter out;
  out.zeros(sizeof elf);
  size_t position = begin;
  std::vector<size_t> positions;
  for (const SegmentPart& segment : segments) {
    positions.push_back(position);
    out.bytes(object_bytes(Elf64_Phdr{PT_LOAD, elf_flags(segment), position, segment.offset, segment.offset,
                                      segment.contents.size(), segment.memory_size, arch::kPageSize}));
    position += segment.contents.size();
  }
  out.bytes(object_bytes(Elf64_Phdr{PT_NOTE, PF_R, notes_begin, 0, 0, note_bytes.size(), 0, 4}));
  out.bytes(note_bytes).zeros(begin - out.size());
  for (const SegmentPart& segment : segments) out.bytes(segment.contents);

  SectionWriter sections(out);
  std::vector<uint16_t> numbers;
  for (size_t i = 0; i < segments.size(); ++i)
    numbers.push_back(sections.add(segments[i].section, section_of(segments[i], positions[i])));
  Elf64_Shdr note{};
  note.sh_type = SHT_NOTE;
  note.sh_offset = notes_begin;
  note.sh_size = note_bytes.size();
  note.sh_addralign = 4;
  sections.add(".note.strongroom", note);
  put_symbols(sections, std::move(parts.symbols), segments, numbers);
  sections.finish(elf);

  Bytes file = out.take();
  overwrite(file, 0, elf);
  overwrite(file, begin + kFrameDigestOffset, frame_digest(file, begin, position, sigstruct_position));
  return file;
}

}  // namespace strongroom::image
