// A bounded reader of ELF64 files for x86-64: programs, kernels and images. Nothing in a file is believed
// before it is checked, so a hostile file yields an error, never a read outside it.
// Source: "System V ABI", chapters 4 and 5, and "AMD64 psABI", chapter 4.
#pragma once

#include <elf.h>

#include <optional>
#include <vector>

#include "base/bytes.h"

namespace strongroom::image {

// One program header. Offsets and sizes are bytes; `contents` is the file's part of the segment.
struct ElfSegment {
  uint32_t type;   // PT_*
  uint32_t flags;  // PF_*
  uint64_t file_offset;
  uint64_t address;
  uint64_t memory_size;
  uint64_t alignment;
  ByteView contents;

  [[nodiscard]] uint64_t end() const { return address + memory_size; }
  [[nodiscard]] bool executable() const { return (flags & PF_X) != 0; }
  [[nodiscard]] bool writable() const { return (flags & PF_W) != 0; }
};

struct ElfSection {
  std::string_view name;
  uint32_t type;   // SHT_*
  uint64_t flags;  // SHF_*
  uint64_t address;
  uint64_t size;
  uint32_t link;
  ByteView contents;  // empty for SHT_NOBITS
};

struct ElfSymbol {
  std::string_view name;
  uint64_t address;
  uint64_t size;
  uint8_t type;     // STT_*
  uint8_t binding;  // STB_*
  uint16_t section;
};

// Views point into the bytes given to parse(), which must outlive the ElfFile. Immutable once made, so
// threads may share it.
class ElfFile {
 public:
  // Checks the header and every program header: class, byte order, machine, bounds in the file, no
  // wrap-around; PT_LOAD in ascending order without overlap. Sections are checked when they are asked for,
  // because a program runs without them.
  static Result<ElfFile> parse(ByteView file);

  [[nodiscard]] ByteView file() const { return file_; }
  [[nodiscard]] uint16_t type() const { return header_.e_type; }  // ET_*
  [[nodiscard]] uint64_t entry() const { return header_.e_entry; }
  [[nodiscard]] const Elf64_Ehdr& header() const { return header_; }
  [[nodiscard]] const std::vector<ElfSegment>& segments() const { return segments_; }
  // The PT_LOAD segments that are not empty, in ascending order of address.
  [[nodiscard]] std::vector<ElfSegment> loads() const;
  // The first segment of this type.
  [[nodiscard]] const ElfSegment* find(uint32_t type) const;

  // The file's bytes for `size` bytes of memory from `address`; fails where no PT_LOAD has them all in the
  // file.
  [[nodiscard]] Result<ByteView> bytes_at(uint64_t address, uint64_t size, std::string_view what) const;
  // As above, all of them from `address` to the end of what its PT_LOAD has in the file.
  [[nodiscard]] Result<ByteView> bytes_from(uint64_t address, std::string_view what) const;

  // All sections, or none where the file has no section table.
  [[nodiscard]] Result<std::vector<ElfSection>> sections() const;
  // The symbols of .symtab in the file's order, without the null symbol; none where the file is stripped.
  [[nodiscard]] Result<std::vector<ElfSymbol>> symbols() const;
  // The first symbol of this name, or nothing.
  [[nodiscard]] Result<std::optional<ElfSymbol>> find_symbol(std::string_view name) const;

 private:
  // Calls `visit(symbol)` for each symbol until it answers false.
  template <typename Visitor>
  Result<void> visit_symbols(Visitor visit) const;
  Result<void> parse_header();
  Result<void> parse_segments();

  ByteView file_;
  Elf64_Ehdr header_{};
  std::vector<ElfSegment> segments_;
};

// One entry of the dynamic section, up to DT_NULL.
struct ElfDynamic {
  int64_t tag;  // DT_*
  uint64_t value;
};
// The dynamic section, or nothing where there is no PT_DYNAMIC.
Result<std::vector<ElfDynamic>> read_dynamic(const ElfFile& elf);

// The relocations that DT_RELA and DT_JMPREL name, in this order. Fails where the file uses DT_REL.
Result<std::vector<Elf64_Rela>> read_relocations(const ElfFile& elf);

}  // namespace strongroom::image
