#include "image/rewrite.h"

#include <gmock/gmock.h>

#include <map>

#include "image/elf_editor.h"
#include "image/image_file.h"
#include "image/instruction.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

const std::map<std::string, RewriteSite>& sites_of_shapes() {
  static const std::map<std::string, RewriteSite> sites = [] {
    std::map<std::string, RewriteSite> by_function;
    const ElfFile program = ElfFile::parse(test_shapes()).value();
    const RewritePlan plan = plan_rewrite(program).value();
    for (const auto* all : {&plan.sites, &plan.cpuid_sites})
      for (const RewriteSite& site : *all) by_function[site.function] = site;
    return by_function;
  }();
  return sites;
}

std::string shape(const std::string& function) {
  const RewriteSite& site = sites_of_shapes().at(function);
  return site.rewritten() ? site.shape : "refused: " + site.refusal;
}

TEST(Rewrite, TakesTheNumberSetBeforeTheSyscall) {
  EXPECT_EQ(shape("immediate_before"), "mov; syscall");
  EXPECT_EQ(shape("_start"), "mov; syscall");
  EXPECT_EQ(shape("two_in_a_row"), "mov; syscall");
}

TEST(Rewrite, TakesWhatFollowsTheSyscall) {
  EXPECT_EQ(shape("comparison_after"), "syscall; cmp");
  EXPECT_EQ(shape("return_after"), "syscall; mov; ret");
  EXPECT_EQ(shape("conditional_after"), "syscall; inc; js");
  EXPECT_EQ(shape("jump_after"), "syscall; mov; jmp");
}

TEST(Rewrite, NeverTakesACall) {
  EXPECT_EQ(shape("zero_before"), "syscall; cmp");
}

TEST(Rewrite, TakesRipRelativeOperands) {
  EXPECT_EQ(shape("rip_relative_before"), "mov; syscall");
}

constexpr const char* kFromElsewhere = "refused: control comes to the instructions around it from elsewhere";

TEST(Rewrite, TakesCpuidWithItsInputsAndWhatFollows) {
  EXPECT_EQ(shape("cpuid_of_a_leaf"), "mov; cpuid");
  EXPECT_EQ(shape("cpuid_and_after"), "cpuid; cmp");
}

TEST(Rewrite, LeavesCpuidWithoutRoom) {
  EXPECT_EQ(shape("cpuid_alone"), "refused: the instructions around it cannot be moved");
}

TEST(Rewrite, TakesWhatTheCLibraryAsksBeforeMain) {
  const auto& sites = test_image().rewrite.cpuid_sites;
  size_t rewritten = 0;
  for (const RewriteSite& site : sites) rewritten += site.rewritten() ? 1 : 0;
  EXPECT_GT(rewritten, 20u);
  EXPECT_GT(2 * rewritten, sites.size());
}

TEST(Rewrite, LeavesTargetsOfBranchesInPlace) {
  EXPECT_EQ(shape("branch_to_the_syscall"), kFromElsewhere);
}

TEST(Rewrite, LeavesTargetsOfJumpTablesInPlace) {
  EXPECT_EQ(shape("table_to_the_syscall"), kFromElsewhere);
  EXPECT_EQ(shape("table_to_other_code"), "mov; syscall");
}

TEST(Rewrite, LeavesAddressesThatAreTakenInPlace) {
  EXPECT_EQ(shape("address_taken_by_relocation"), kFromElsewhere);
  EXPECT_EQ(shape("address_taken_by_lea"), kFromElsewhere);
  EXPECT_EQ(shape("symbol_at_the_syscall"), kFromElsewhere);
}

TEST(Rewrite, LeavesLandingPadsInPlace) {
  EXPECT_EQ(shape("landing_pad_at_the_syscall"), kFromElsewhere);
}

TEST(Rewrite, LeavesFunctionsWithUnknownJumps) {
  EXPECT_EQ(shape("unknown_jump"), "refused: the function has an indirect jump whose targets are not known");
}

TEST(Rewrite, LeavesThePushesAndPopsOfTheStack) {
  EXPECT_EQ(shape("stack_pointer_around"), "refused: the instructions around it cannot be moved");
}

TEST(Rewrite, LeavesFunctionsThatHoldData) {
  EXPECT_EQ(shape("not_all_instructions"), "refused: the function holds bytes that are no instructions");
}

TEST(Rewrite, LeavesCodeOutsideFunctions) {
  EXPECT_EQ(shape("no_function"), "refused: no symbol and no unwind entry covers it");
}

TEST(Rewrite, LeavesSignalFramesToUnwinders) {
  EXPECT_THAT(shape("restore"), HasSubstr("rt_sigreturn"));
}

TEST(Rewrite, DependsOnTheProgramAlone) {
  const ElfFile program = ElfFile::parse(test_shapes()).value();
  const RewritePlan a = plan_rewrite(program).value();
  const RewritePlan b = plan_rewrite(program).value();
  const GatePlacement placement{0x5000, 0x8000, 0x1000, 0x1100};
  EXPECT_EQ(place_gates(a, placement), place_gates(b, placement));
}

TEST(Rewrite, AStaticPieProgramKeepsOnlyItsSignalReturn) {
  for (const RewriteSite& site : test_image().rewrite.sites) {
    if (!site.rewritten()) {
      EXPECT_THAT(site.refusal, HasSubstr("rt_sigreturn")) << site.function;
    }
  }
  EXPECT_GT(test_image().rewrite.gates.size(), 100u);
}

TEST(Rewrite, AStrippedProgramHasItsUnwindTables) {
  const ElfEditor stripped =
      ElfEditor(test_program()).header([](auto& h) { h.e_shoff = h.e_shnum = h.e_shstrndx = 0; });
  const RewritePlan plan = plan_rewrite(ElfFile::parse(stripped.bytes()).value()).value();
  EXPECT_EQ(plan.sites.size(), test_image().rewrite.sites.size());
  // The unwind entries of clone and clone3 end before their system call.
  EXPECT_GE(plan.gates.size() + 3, test_image().rewrite.gates.size());
  EXPECT_EQ(plan.cpuid_sites.size(), test_image().rewrite.cpuid_sites.size());
}

// Decodes the built image at an enclave offset.
class ImageCode {
 public:
  explicit ImageCode(const ImageView& image) : image_(image) {}
  [[nodiscard]] std::optional<Instruction> at(uint64_t offset) const {
    for (const ImageSegment& segment : image_.segments())
      if (offset >= segment.offset && offset < segment.end())
        return disassembler_.decode(segment.contents.subspan(offset - segment.offset), offset);
    return std::nullopt;
  }

 private:
  const ImageView& image_;
  Disassembler disassembler_;
};

// Follows one rewritten site through its gate, which leads to `function` of the kernel for `instruction`, and
// checks each step against the plan.
void check_site(const ImageView& image, const ImageCode& code, const RewriteSite& site, uint64_t delta,
                std::string_view instruction, std::string_view function) {
  const uint64_t kernel_gate = image.kernel_function(function).value();
  SCOPED_TRACE(site.function + ": " + site.shape);
  const auto jump = code.at(site.begin + delta);
  ASSERT_TRUE(jump && jump->target && jump->branch == BranchKind::kJump);
  EXPECT_EQ(jump->length, 5);
  for (uint64_t byte = site.begin + 5; byte < site.end; ++byte) EXPECT_FALSE(code.at(byte + delta));

  uint64_t next = *jump->target;
  const arch::ImageRange& gates = image.header().gates;
  uint64_t resume = 0;
  std::string shape;
  while (next >= gates.offset && next < gates.offset + gates.size) {
    const auto step = code.at(next);
    ASSERT_TRUE(step);
    if (step->target == kernel_gate) {
      ASSERT_NE(resume, 0u);
      shape += std::string(instruction) + "; ";
      next = resume;
      continue;
    }
    const auto after = code.at(step->end());
    if (step->is_lea && after && after->target == kernel_gate) {
      resume = step->rip_reference.value();
      next = step->end();
      continue;
    }
    if (step->branch == BranchKind::kJump) {
      if (step->target != site.end + delta) shape += "jmp; ";
      next = step->target.value();
      continue;
    }
    shape += std::string(step->mnemonic) + "; ";
    if (step->branch == BranchKind::kReturn) break;
    next = step->end();
  }
  EXPECT_EQ(shape, site.shape + "; ");
}

TEST(Rewrite, EveryGateDecodesBackToWhatItReplaced) {
  for (const ByteView file : {test_program(), test_shapes()}) {
    const auto built = build_image(test_manifest(), file, test_kernel(), test_contents());
    ASSERT_TRUE(built);
    const ImageView image = ImageView::parse(built->file).value();
    const ImageCode code(image);
    const uint64_t delta = image.header().program_entry - ElfFile::parse(file)->entry();
    for (const RewriteSite& site : built->rewrite.sites)
      if (site.rewritten()) check_site(image, code, site, delta, "syscall", kKernelGate);
    for (const RewriteSite& site : built->rewrite.cpuid_sites)
      if (site.rewritten()) check_site(image, code, site, delta, "cpuid", kKernelCpuidGate);
  }
}

TEST(Rewrite, RipRelativeOperandsStillNameTheirData) {
  const auto built = build_image(test_manifest(), test_shapes(), test_kernel(), test_contents());
  ASSERT_TRUE(built);
  const ImageView image = ImageView::parse(built->file).value();
  const ImageCode code(image);
  const RewriteSite& site = sites_of_shapes().at("rip_relative_before");
  const ElfFile program = ElfFile::parse(test_shapes()).value();
  const uint64_t delta = image.header().program_entry - program.entry();
  const auto moved = code.at(code.at(site.begin + delta)->target.value());
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->rip_reference, program.find_symbol("number").value()->address + delta);
}

TEST(Rewrite, WithoutUnwindTablesNothingIsCertain) {
  Bytes file = test_shapes();
  const ElfFile program = ElfFile::parse(file).value();
  for (uint16_t i = 0; i < program.header().e_phnum; ++i) {
    const size_t at = program.header().e_phoff + i * sizeof(Elf64_Phdr);
    uint32_t type = 0;
    std::memcpy(&type, file.data() + at, sizeof type);
    if (type == PT_GNU_EH_FRAME) std::memset(file.data() + at, 0, sizeof type);
  }
  const RewritePlan plan = plan_rewrite(ElfFile::parse(file).value()).value();
  EXPECT_TRUE(plan.gates.empty());
  ASSERT_FALSE(plan.sites.empty());
  EXPECT_THAT(plan.sites.front().refusal, HasSubstr("unwind tables"));
}

}  // namespace
}  // namespace strongroom::image
