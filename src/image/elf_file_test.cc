#include "image/elf_file.h"

#include <gmock/gmock.h>

#include "image/elf_editor.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

std::string refusal(const ElfEditor& editor) {
  const auto elf = ElfFile::parse(editor.bytes());
  return elf ? "accepted" : elf.error().message;
}

ElfEditor shapes() {
  return ElfEditor(test_shapes());
}

TEST(ElfFile, ReadsWhatTheToolchainWrote) {
  const ElfFile elf = ElfFile::parse(test_shapes()).value();
  EXPECT_EQ(elf.type(), ET_DYN);
  EXPECT_EQ(elf.loads().size(), 4u);
  const auto start = elf.find_symbol("_start").value();
  ASSERT_TRUE(start);
  EXPECT_EQ(start->address, elf.entry());
  EXPECT_EQ(start->type, STT_FUNC);
  EXPECT_FALSE(elf.find_symbol("not_there").value());
  const auto code = elf.bytes_at(elf.entry(), 5, "code").value();
  EXPECT_EQ(code[0], 0xb8);
  const auto relocations = read_relocations(elf).value();
  ASSERT_EQ(relocations.size(), 1u);
  EXPECT_EQ(ELF64_R_TYPE(relocations[0].r_info), uint64_t{R_X86_64_RELATIVE});
}

TEST(ElfFile, RefusesOtherFilesAndOtherMachines) {
  EXPECT_EQ(ElfFile::parse(as_bytes("#!/bin/sh")).error().message,
            "not an ELF file: the magic number is missing");
  EXPECT_THAT(ElfFile::parse(as_bytes("\x7f"
                                      "ELF"))
                  .error()
                  .message,
              HasSubstr("ELF header: 64 bytes are needed"));
  EXPECT_EQ(refusal(shapes().header([](auto& h) { h.e_ident[EI_CLASS] = ELFCLASS32; })),
            "a 32-bit ELF file; build for x86-64 (without -m32)");
  EXPECT_EQ(refusal(shapes().header([](auto& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; })),
            "a big-endian ELF file; build for x86-64");
  EXPECT_EQ(refusal(shapes().header([](auto& h) { h.e_machine = EM_AARCH64; })),
            "built for another architecture (ELF machine 183); build for x86-64");
}

TEST(ElfFile, RefusesHeadersThatLeadOutsideTheFile) {
  EXPECT_THAT(refusal(shapes().header([](auto& h) { h.e_phoff = UINT64_MAX - 8; })),
              HasSubstr("lie outside the file"));
  EXPECT_THAT(refusal(shapes().header([](auto& h) { h.e_phnum = 0xffff; })),
              HasSubstr("at most 1024 are read"));
  EXPECT_THAT(refusal(shapes().header([](auto& h) { h.e_phentsize = 8; })), HasSubstr("wrong e_phentsize"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 1, [](auto& p) { p.p_offset = UINT64_MAX - 4095; })),
              HasSubstr("lie outside the file"));
  EXPECT_THAT(refusal(shapes().segment(PT_DYNAMIC, 0, [](auto& p) { p.p_filesz = UINT64_MAX; })),
              HasSubstr("lie outside the file"));
}

TEST(ElfFile, RefusesImpossibleSegments) {
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 1, [](auto& p) { p.p_memsz = p.p_filesz - 1; })),
              HasSubstr("bytes in the file but only"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 3, [](auto& p) { p.p_vaddr = UINT64_MAX - 0x107; })),
              HasSubstr("its end wraps around"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 3, [](auto& p) { p.p_memsz = UINT64_MAX; })),
              HasSubstr("its end wraps around"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 1, [](auto& p) { p.p_align = 3; })),
              HasSubstr("not a power of two"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 1, [](auto& p) { p.p_vaddr += 8; })),
              HasSubstr("do not agree modulo 0x1000"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 2, [](auto& p) { p.p_vaddr = 0x1000; })),
              HasSubstr("overlaps or precedes the segment at 0x1000"));
  EXPECT_THAT(refusal(shapes().segment(PT_LOAD, 0, [](auto& p) { p.p_memsz = 0x1001; })),
              HasSubstr("overlaps or precedes the segment at 0x0"));
}

TEST(ElfFile, BytesAtNeverLeaveASegment) {
  const ElfFile elf = ElfFile::parse(test_shapes()).value();
  const ElfSegment text = elf.loads()[1];
  EXPECT_TRUE(elf.bytes_at(text.address, text.contents.size(), "x"));
  EXPECT_FALSE(elf.bytes_at(text.address, text.contents.size() + 1, "x"));
  EXPECT_FALSE(elf.bytes_at(text.address + 1, UINT64_MAX, "x"));
  EXPECT_FALSE(elf.bytes_at(UINT64_MAX, 1, "x"));
  EXPECT_FALSE(elf.bytes_from(text.address + text.contents.size(), "x"));
}

TEST(ElfFile, BrokenSectionsAreNoticedWhenAskedFor) {
  const auto symbols = [](const ElfEditor& editor) {
    const ElfFile elf = ElfFile::parse(editor.bytes()).value();
    const auto result = elf.symbols();
    return result ? "accepted" : result.error().message;
  };
  EXPECT_THAT(symbols(shapes().header([](auto& h) { h.e_shoff = UINT64_MAX; })),
              HasSubstr("lie outside the file"));
  EXPECT_THAT(symbols(shapes().header([](auto& h) { h.e_shstrndx = 999; })), HasSubstr("wrong e_shstrndx"));
  EXPECT_THAT(symbols(shapes().section(SHT_SYMTAB, [](auto& s) { s.sh_link = 999; })),
              HasSubstr("wrong sh_link"));
  EXPECT_THAT(symbols(shapes().section(SHT_SYMTAB, [](auto& s) { s.sh_size -= 1; })),
              HasSubstr("bytes are needed"));
  EXPECT_THAT(symbols(shapes().section(SHT_SYMTAB, [](auto& s) { s.sh_size = UINT64_MAX; })),
              HasSubstr("lie outside the file"));
}

TEST(ElfFile, AStrippedFileHasNoSymbols) {
  const ElfEditor stripped = shapes().header([](auto& h) { h.e_shoff = h.e_shnum = h.e_shstrndx = 0; });
  EXPECT_TRUE(ElfFile::parse(stripped.bytes())->symbols()->empty());
}

TEST(ElfFile, TheDynamicSectionMustEnd) {
  const ElfEditor cut = shapes().segment(PT_DYNAMIC, 0, [](auto& p) { p.p_filesz = 32; });
  const auto elf = ElfFile::parse(cut.bytes()).value();
  EXPECT_THAT(read_dynamic(elf).error().message, HasSubstr("DT_NULL is missing"));
}

TEST(ElfFile, EveryTruncationIsRefusedOrReadWithoutHarm) {
  const ByteView whole = test_shapes();
  for (size_t size = 0; size < whole.size(); size += 5) {
    const auto elf = ElfFile::parse(whole.first(size));
    EXPECT_FALSE(elf && elf->symbols()) << size;  // the section table stands at the end
  }
}

}  // namespace
}  // namespace strongroom::image
