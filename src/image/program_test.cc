#include "image/program.h"

#include <gmock/gmock.h>

#include "image/elf_editor.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint64_t kThreadStack = uint64_t{1} << 20;

std::string refusal(ByteView file) {
  const auto elf = ElfFile::parse(file);
  if (!elf) return elf.error().message;
  const auto result = check_program(*elf, {kThreadStack});
  return result ? "accepted" : result.error().message;
}

ElfEditor program() {
  return ElfEditor(test_program());
}

// Changes the dynamic entry with this tag.
template <typename Change>
Bytes with_dynamic(int64_t tag, Change change) {
  ElfEditor editor(test_program());
  const ElfFile elf = ElfFile::parse(test_program()).value();
  const ElfSegment dynamic = *elf.find(PT_DYNAMIC);
  for (size_t i = 0; i < dynamic.contents.size(); i += sizeof(Elf64_Dyn)) {
    const size_t position = dynamic.file_offset + i;
    if (editor.at<Elf64_Dyn>(position).d_tag == tag) editor.edit<Elf64_Dyn>(position, change);
  }
  return editor.bytes();
}

// Changes the first relocation.
template <typename Change>
Bytes with_relocation(Change change) {
  const ElfFile elf = ElfFile::parse(test_program()).value();
  uint64_t address = 0;
  const auto dynamic = read_dynamic(elf).value();
  for (const ElfDynamic& entry : dynamic)
    if (entry.tag == DT_RELA) address = entry.value;
  const ByteView table = elf.bytes_at(address, sizeof(Elf64_Rela), "relocation").value();
  return ElfEditor(test_program())
      .edit<Elf64_Rela>(static_cast<size_t>(table.data() - test_program().data()), change)
      .bytes();
}

TEST(Program, AStaticPieProgramIsAccepted) {
  EXPECT_EQ(refusal(test_program()), "accepted");
  EXPECT_EQ(refusal(test_shapes()), "accepted");
}

TEST(Program, EveryRefusalNamesTheProgramAsTheReason) {
  EXPECT_THAT(refusal(test_kernel()), StartsWith("the program cannot run in an enclave: "));
}

TEST(Program, RefusesWhatIsNotPositionIndependent) {
  EXPECT_THAT(refusal(test_kernel()), AllOf(HasSubstr("not position independent (ET_EXEC)"),
                                            EndsWith("link with `g++ -static-pie`")));
  EXPECT_THAT(refusal(program().header([](auto& h) { h.e_type = ET_REL; }).bytes()),
              HasSubstr("it is an object file"));
  EXPECT_THAT(refusal(program().header([](auto& h) { h.e_type = ET_CORE; }).bytes()),
              HasSubstr("its ELF type is 4"));
}

TEST(Program, RefusesDynamicLinking) {
  const Bytes this_test = read_file("/proc/self/exe").value();
  EXPECT_THAT(refusal(this_test),
              AllOf(HasSubstr("linked dynamically"), EndsWith("link with `g++ -static-pie`")));
  EXPECT_THAT(refusal(with_dynamic(DT_DEBUG, [](auto& d) { d.d_tag = DT_NEEDED; })),
              HasSubstr("needs shared libraries"));
}

TEST(Program, RefusesAnExecutableStack) {
  EXPECT_THAT(refusal(program().segment(PT_GNU_STACK, 0, [](auto& p) { p.p_flags |= PF_X; }).bytes()),
              AllOf(HasSubstr("wants an executable stack"), HasSubstr("-z noexecstack")));
  EXPECT_THAT(refusal(program().segment(PT_GNU_STACK, 0, [](auto& p) { p.p_type = PT_NULL; }).bytes()),
              HasSubstr("no PT_GNU_STACK"));
}

TEST(Program, RefusesTextRelocations) {
  EXPECT_THAT(refusal(with_dynamic(DT_DEBUG, [](auto& d) { d.d_tag = DT_TEXTREL; })),
              HasSubstr("text relocations"));
  EXPECT_THAT(refusal(with_dynamic(DT_DEBUG,
                                   [](auto& d) {
                                     d.d_tag = DT_FLAGS;
                                     d.d_un.d_val = DF_TEXTREL;
                                   })),
              HasSubstr("text relocations"));
  const uint64_t text = ElfFile::parse(test_program())->loads()[1].address;
  EXPECT_THAT(refusal(with_relocation([text](auto& r) { r.r_offset = text; })),
              AllOf(HasSubstr("relocates read-only memory"), HasSubstr("-fPIE")));
}

TEST(Program, RefusesRelocationsThatNeedALinker) {
  EXPECT_THAT(
      refusal(with_relocation([](auto& r) { r.r_info = ELF64_R_INFO(uint64_t{1}, R_X86_64_GLOB_DAT); })),
      HasSubstr("relocation type 6"));
  EXPECT_THAT(refusal(with_relocation([](auto& r) { r.r_offset = UINT64_MAX - 3; })),
              HasSubstr("lies outside the program"));
  EXPECT_THAT(refusal(with_dynamic(DT_RELASZ, [](auto& d) { d.d_un.d_val = UINT64_MAX; })),
              HasSubstr("relocations"));
  EXPECT_THAT(refusal(with_dynamic(DT_RELASZ, [](auto& d) { d.d_tag = DT_RELSZ; })), HasSubstr("DT_REL"));
}

TEST(Program, RefusesWritableCode) {
  EXPECT_THAT(refusal(program().segment(PT_LOAD, 1, [](auto& p) { p.p_flags |= PF_W; }).bytes()),
              AllOf(HasSubstr("writable and executable"), HasSubstr("-z separate-code")));
}

TEST(Program, RefusesSegmentsThatShareAPage) {
  const auto elf = ElfFile::parse(test_program()).value();
  const uint64_t next = elf.loads()[1].address;
  const auto touching = program().segment(PT_LOAD, 1, [](auto& p) {
    p.p_vaddr += 0x10;
    p.p_offset += 0x10;
    p.p_filesz -= 0x10;
    p.p_memsz -= 0x10;
  });
  const Bytes both =
      ElfEditor(touching.bytes()).segment(PT_LOAD, 0, [next](auto& p) { p.p_memsz = next + 8; }).bytes();
  EXPECT_THAT(refusal(both), HasSubstr("shares a page with the one before it"));
}

TEST(Program, RefusesOverlargeTls) {
  EXPECT_THAT(
      refusal(program().segment(PT_TLS, 0, [](auto& p) { p.p_memsz = kThreadStack / 2 + 1; }).bytes()),
      AllOf(HasSubstr("thread_local variables take 524289 bytes a thread"),
            HasSubstr("memory.thread_stack_size in the manifest to more than 1048578 bytes")));
  EXPECT_THAT(refusal(program().segment(PT_TLS, 0, [](auto& p) { p.p_memsz = UINT64_MAX; }).bytes()),
              HasSubstr("thread_local variables"));
  EXPECT_THAT(refusal(program().segment(PT_TLS, 0, [](auto& p) { p.p_align = 8192; }).bytes()),
              HasSubstr("alignment of 0x2000"));
}

TEST(Program, RefusesWhatIsTooLarge) {
  EXPECT_THAT(refusal(program().segment(PT_LOAD, 3, [](auto& p) { p.p_memsz = uint64_t{1} << 31; }).bytes()),
              AllOf(HasSubstr("at most 1073741824 fit"), HasSubstr("Move large static arrays to the heap")));
  EXPECT_THAT(refusal(program().segment(PT_LOAD, 0, [](auto& p) { p.p_align = uint64_t{1} << 30; }).bytes()),
              HasSubstr("-z max-page-size=4096"));
}

TEST(Program, RefusesAnEntryOutsideItsCode) {
  EXPECT_THAT(refusal(program().header([](auto& h) { h.e_entry = 0; }).bytes()),
              HasSubstr("entry point 0x0"));
  EXPECT_THAT(refusal(program().header([](auto& h) { h.e_entry = UINT64_MAX; }).bytes()),
              HasSubstr("entry point"));
}

TEST(Program, RefusesATruncatedFile) {
  EXPECT_THAT(refusal(ByteView(test_program()).first(test_program().size() / 2)),
              HasSubstr("is it cut off?"));
}

}  // namespace
}  // namespace strongroom::image
