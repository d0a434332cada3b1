#include "image/image_builder.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>

#include "arch/tcs.h"
#include "image/boot_data.h"
#include "image/elf_editor.h"
#include "image/image_file.h"
#include "image/image_measure.h"
#include "image/sign.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

ImageView view() {
  return ImageView::parse(test_image().file).value();
}

const ImageSegment& segment_at(const ImageView& image, uint64_t offset) {
  for (const ImageSegment& segment : image.segments())
    if (offset >= segment.offset && offset < segment.end()) return segment;
  ADD_FAILURE() << "no segment at " << offset;
  return image.segments().front();
}

TEST(ImageBuilder, EqualInputsGiveEqualBytes) {
  const auto again = build_image(test_manifest(), test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(again);
  EXPECT_TRUE(equal(again->file, test_image().file));
}

TEST(ImageBuilder, WhereTheInputsLieChangesNothing) {
  Manifest manifest = test_manifest();
  manifest.program = "/somewhere/else/program";
  manifest.files[0].source = "/another/place/train.csv";
  const auto moved = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(moved);
  EXPECT_TRUE(equal(moved->file, test_image().file));
}

TEST(ImageBuilder, EveryInputChangesTheBytes) {
  const auto differs = [](const Manifest& manifest, const std::vector<Bytes>& contents) {
    const auto other = build_image(manifest, test_program(), test_kernel(), contents);
    return other && !equal(other->file, test_image().file);
  };
  Manifest manifest = test_manifest();
  manifest.svn = 4;
  EXPECT_TRUE(differs(manifest, test_contents()));
  manifest = test_manifest();
  manifest.debug = true;
  EXPECT_TRUE(differs(manifest, test_contents()));
  EXPECT_TRUE(differs(test_manifest(), {to_bytes(as_bytes("1,2,4\n"))}));
}

TEST(ImageBuilder, HeaderCarriesTheManifest) {
  const ImageView image = view();
  const arch::ImageHeader& header = image.header();
  EXPECT_EQ(header.flags, 0u);
  EXPECT_EQ(header.thread_count, 2u);
  EXPECT_EQ(header.heap_limit, uint64_t{64} << 20);
  EXPECT_EQ(header.main_stack_size, uint64_t{8} << 20);
  EXPECT_EQ(header.thread_stack_size, uint64_t{1} << 20);
  EXPECT_EQ(header.enclave_size, uint64_t{1} << 30);
  EXPECT_EQ(header.arena.offset + header.arena.size, header.enclave_size);
}

TEST(ImageBuilder, WeakeningKeysSetTheirFlags) {
  Manifest manifest = test_manifest();
  manifest.debug = true;
  manifest.insecure_host_arguments = true;
  manifest.insecure_host_environment = {"TERM"};
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(built);
  EXPECT_EQ(ImageView::parse(built->file)->header().flags,
            arch::kImageDebug | arch::kImageHostArguments | arch::kImageHostEnvironment);
}

TEST(ImageBuilder, ProgramKeepsItsBytesBesideTheRewrittenSites) {
  const ElfFile program = ElfFile::parse(test_program()).value();
  const ImageView image = view();
  const uint64_t delta = image.header().program_entry - program.entry();
  for (const ElfSegment& load : program.loads()) {
    const ImageSegment& segment = segment_at(image, load.address + delta);
    const ByteView bytes =
        segment.contents.subspan(load.address + delta - segment.offset, load.contents.size());
    size_t differences = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == load.contents[i]) continue;
      ++differences;
      const RewritePlan& plan = test_image().rewrite;
      const auto covers = [&](const RewriteSite& site) {
        return load.address + i >= site.begin && load.address + i < site.end;
      };
      EXPECT_TRUE(std::ranges::any_of(plan.sites, covers) || std::ranges::any_of(plan.cpuid_sites, covers))
          << "changed without reason at " << load.address + i;
    }
    EXPECT_EQ(differences != 0, load.executable());
  }
}

TEST(ImageBuilder, ProgramHeadersStandWhereTheHeaderSays) {
  const ElfFile program = ElfFile::parse(test_program()).value();
  const ImageView image = view();
  const ImageSegment& segment = segment_at(image, image.header().program_headers);
  const size_t size = image.header().program_header_count * sizeof(Elf64_Phdr);
  EXPECT_TRUE(equal(segment.contents.subspan(image.header().program_headers - segment.offset, size),
                    program.file().subspan(program.header().e_phoff, size)));
}

// The zeros behind a segment's bytes were counted as bytes of its section once: images of programs with more
// such zeros than bytes behind them were refused as cut off.
TEST(ImageBuilder, EachSectionHoldsBytesOfItsOwn) {
  const ImageView image = view();
  const std::vector<ElfSection> sections = image.elf().sections().value();
  std::vector<ByteView> parts;
  for (const ElfSection& section : sections)
    if (!section.contents.empty()) parts.push_back(section.contents);
  std::ranges::sort(parts, {}, [](ByteView part) { return part.data(); });
  ASSERT_GT(parts.size(), 8u);
  for (size_t i = 1; i < parts.size(); ++i)
    EXPECT_LE(parts[i - 1].data() + parts[i - 1].size(), parts[i].data()) << i;
}

TEST(ImageBuilder, EachThreadHasItsTcs) {
  const ImageView image = view();
  const arch::ImageHeader& header = image.header();
  const ImageSegment& segment = segment_at(image, header.tcs.offset);
  EXPECT_EQ(segment.flags, arch::kSegmentTcs);
  for (uint64_t i = 0; i < header.thread_count; ++i) {
    ByteReader reader(segment.contents.subspan(i * arch::kPageSize));
    const auto tcs = reader.object<arch::Tcs>("TCS").value();
    EXPECT_EQ(tcs.ssa_offset, header.ssa.offset + i * 2 * arch::kPageSize);
    EXPECT_EQ(tcs.ssa_frame_count, 2u);
    EXPECT_EQ(tcs.entry_offset, image.kernel_function(kKernelEntrySgx).value());
    EXPECT_EQ(tcs.flags, 0u);
    EXPECT_EQ(tcs.fs_limit, UINT32_MAX);
  }
}

TEST(ImageBuilder, BelowEachKernelStackIsAGuard) {
  const ImageView image = view();
  const arch::ImageHeader& header = image.header();
  for (uint64_t i = 0; i < header.thread_count; ++i) {
    const uint64_t guard = header.kernel_stacks.offset + i * header.kernel_stack_stride;
    for (const ImageSegment& segment : image.segments())
      EXPECT_FALSE(guard >= segment.offset && guard < segment.end());
    const ImageSegment& stack = segment_at(image, guard + arch::kPageSize);
    EXPECT_EQ(stack.memory_size, uint64_t{32} << 10);
    EXPECT_EQ(stack.flags, arch::kSegmentUnmeasured);
  }
}

TEST(ImageBuilder, BootDataHoldsArgumentsEnvironmentAndFiles) {
  const ImageView image = view();
  const auto entries = read_boot_data(segment_at(image, image.header().boot_data.offset).contents);
  ASSERT_TRUE(entries);
  std::vector<std::string> names;
  for (const BootEntry& entry : *entries) names.emplace_back(entry.name);
  EXPECT_THAT(names, testing::ElementsAre("program", "--fold", "5", "LANG=C", "/data", "/data/latest",
                                          "/data/train.csv"));
  EXPECT_EQ(entries->back().kind, arch::BootRecordKind::kFile);
  EXPECT_EQ(entries->back().mode, 0640u);
  EXPECT_EQ(as_text(entries->back().content), "1,2,3\n");
}

TEST(ImageBuilder, SymbolsOfKernelAndProgramAreFound) {
  const ImageView image = view();
  const uint64_t gate = image.kernel_function(kKernelGate).value();
  const auto in_kernel = image.find_symbol(gate + 1);
  ASSERT_TRUE(in_kernel);
  EXPECT_EQ(in_kernel->name, kKernelGate);
  EXPECT_EQ(in_kernel->offset, 1u);
  EXPECT_TRUE(in_kernel->in_kernel);
  const auto in_program = image.find_symbol(image.header().program_entry);
  ASSERT_TRUE(in_program);
  EXPECT_EQ(in_program->name, "_start");
  EXPECT_FALSE(in_program->in_kernel);
  EXPECT_FALSE(image.find_symbol(image.header().arena.offset));
}

TEST(ImageBuilder, ThreadsGoUpToTheMaximum) {
  Manifest manifest = test_manifest();
  manifest.threads = arch::kMaximumThreads;
  const auto built = build_image(manifest, test_shapes(), test_kernel(), test_contents());
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(ImageView::parse(built->file)->header().thread_count, arch::kMaximumThreads);
}

TEST(ImageBuilder, EnclaveGrowsWithItsMemory) {
  Manifest manifest = test_manifest();
  manifest.heap_size = uint64_t{3} << 30;
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(built);
  const arch::ImageHeader header = ImageView::parse(built->file)->header();
  EXPECT_TRUE(std::has_single_bit(header.enclave_size));
  EXPECT_GE(header.arena.size, manifest.heap_size);
}

TEST(ImageBuilder, RefusesAnEnclaveSizeThatIsTooSmall) {
  Manifest manifest = test_manifest();
  manifest.enclave_size = uint64_t{64} << 20;
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().message,
            "`enclave_size` is 64 MiB; program, heap_size and stack_size need at least \"128 MiB\"");
}

// Identity says which kind an image is, and does not depend on the machine that it is built or loaded on.
TEST(ImageBuilder, WithoutEdmmAllOfTheArenaIsInTheImageAndItsMeasurement) {
  Manifest manifest = test_manifest();
  manifest.sgx_edmm = false;
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(built) << built.error().message;
  const ImageView image = ImageView::parse(built->file).value();
  const arch::ImageHeader& header = image.header();
  EXPECT_EQ(header.flags & arch::kImageFixedMemory, arch::kImageFixedMemory);
  EXPECT_EQ(view().header().flags & arch::kImageFixedMemory, 0u);
  EXPECT_GE(header.arena.size, manifest.heap_size + manifest.stack_size);
  const ImageSegment& arena = image.segments().back();
  EXPECT_EQ(arena.offset, header.arena.offset);
  EXPECT_EQ(arena.memory_size, header.arena.size);
  EXPECT_EQ(arena.flags, arch::kSegmentUnmeasured);
  EXPECT_EQ(arena.protection, uint32_t{arch::kRead | arch::kWrite});
  EXPECT_TRUE(arena.contents.empty());
  // Every page of it counts, although its contents do not.
  auto shorter = arch::MeasurementBuilder::create(header.enclave_size, header.ssa_frame_pages).value();
  for (const ImageSegment& segment : image.segments()) {
    arch::PageRange range = page_range(segment);
    if (segment.offset == arena.offset) range.size -= arch::kPageSize;
    ASSERT_TRUE(shorter.add_pages(range, segment.contents));
  }
  EXPECT_NE(shorter.finish(), measure(image).value());
}

// What the processor compares with ATTRIBUTES is measured; so the signature need not say it.
TEST(ImageBuilder, AexNotifyIsInEachTcsAndSoInTheMeasurement) {
  Manifest manifest = test_manifest();
  manifest.sgx_aex_notify = true;
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_TRUE(built) << built.error().message;
  const ImageView image = ImageView::parse(built->file).value();
  const arch::ImageHeader& header = image.header();
  EXPECT_EQ(header.flags & arch::kImageAexNotify, arch::kImageAexNotify);
  EXPECT_EQ(view().header().flags & arch::kImageAexNotify, 0u);
  EXPECT_EQ(header.ssa_frame_pages, 2u);
  for (uint64_t i = 0; i < header.thread_count; ++i) {
    ByteReader reader(segment_at(image, header.tcs.offset).contents.subspan(i * arch::kPageSize));
    EXPECT_EQ(reader.object<arch::Tcs>("TCS").value().flags, uint64_t{arch::kTcsAexNotify});
  }
  EXPECT_NE(measure(image).value(), measure(view()).value());
  const arch::Sigstruct sigstruct = unsigned_sigstruct(image, 0x20260101).value();
  EXPECT_EQ(sigstruct.attribute_mask.flags, ~uint64_t{arch::kAttributeAexNotify});
  EXPECT_EQ(sigstruct.attributes.flags & arch::kAttributeAexNotify, 0u);
}

TEST(ImageBuilder, RefusesMoreFixedMemoryThanAnImageCanHold) {
  Manifest manifest = test_manifest();
  manifest.sgx_edmm = false;
  manifest.heap_size = uint64_t{3} << 30;
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, HasSubstr("`edmm = false`"));
}

TEST(ImageBuilder, RefusesAnotherProgramAsKernel) {
  const auto built = build_image(test_manifest(), test_program(), test_program(), test_contents());
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message,
              HasSubstr("the enclave kernel: it begins at 0x0; it must be linked at 0x1000"));
}

TEST(ImageBuilder, RefusesAKernelWithoutAGate) {
  const Bytes stripped =
      ElfEditor(test_kernel()).header([](auto& h) { h.e_shoff = h.e_shnum = h.e_shstrndx = 0; }).bytes();
  const auto built = build_image(test_manifest(), test_program(), stripped, test_contents());
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().message, "the enclave kernel: it has no function strongroom_gate_syscall");
}

TEST(ImageBuilder, NamesTheProgramThatItRefuses) {
  const auto built = build_image(test_manifest(), test_kernel(), test_kernel(), test_contents());
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, testing::StartsWith("program: the program cannot run in an enclave: "));
}

TEST(ImageBuilder, NamesTheFileThatIsMissing) {
  Manifest manifest = test_manifest();
  manifest.program = STRONGROOM_TEST_PROGRAM;
  manifest.files[0].source = "/not/there";
  const auto built = build_image(manifest, STRONGROOM_TEST_KERNEL);
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, testing::StartsWith("file `/data/train.csv`: "));
  EXPECT_EQ(built.error().code, ErrorCode::kNotFound);
}

TEST(ImageBuilder, RefusesNamesThatAreNotText) {
  Manifest manifest = test_manifest();
  manifest.name = "\xff";
  const auto built = build_image(manifest, test_program(), test_kernel(), test_contents());
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, HasSubstr("must be UTF-8"));
}

}  // namespace
}  // namespace strongroom::image
