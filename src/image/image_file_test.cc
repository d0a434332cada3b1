#include "image/image_file.h"

#include <gmock/gmock.h>

#include "arch/sigstruct.h"
#include "crypto/test_signing_key.h"
#include "image/image_measure.h"
#include "image/sign.h"
#include "image/signature_check.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

constexpr uint32_t kDate = 0x20260101;

// A small image, signed.
const Bytes& small_image() {
  static const Bytes file = [] {
    Manifest manifest = test_manifest();
    manifest.threads = 1;
    BuiltImage built = build_image(manifest, test_shapes(), test_kernel(), test_contents()).value();
    const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
    EXPECT_TRUE(sign_image(built.file, key, kDate));
    return built.file;
  }();
  return file;
}

const ImageView& small_view() {
  static const ImageView view = ImageView::parse(small_image()).value();
  return view;
}

// Whether a changed image is still taken for the one that was signed.
bool passes(const Bytes& file) {
  const auto image = ImageView::parse(file);
  return image && check_signature(*image);
}

// Flips one bit of each byte in [begin, end), a different one from byte to byte.
void expect_every_flip_is_noticed(size_t begin, size_t end, size_t step = 1) {
  Bytes file = small_image();
  for (size_t i = begin; i < end; i += step) {
    const auto bit = static_cast<uint8_t>(1u << (i % 8));
    file[i] ^= bit;
    EXPECT_FALSE(passes(file)) << "a flip at " << i << " goes unnoticed";
    file[i] ^= bit;
  }
}

size_t position_of(ByteView part) {
  return static_cast<size_t>(part.data() - small_image().data());
}

size_t segments_end() {
  const auto loads = small_view().elf().loads();
  return loads.back().file_offset + loads.back().contents.size();
}

TEST(ImageFile, TheSignedImagePasses) {
  EXPECT_TRUE(passes(small_image()));
}

TEST(ImageFile, EveryFlipInTheHeadAndTheHeaderPageIsNoticed) {
  const ByteView header_page = small_view().segments().front().contents;
  expect_every_flip_is_noticed(0, position_of(header_page) + header_page.size());
}

TEST(ImageFile, EveryFlipInTheTailIsNoticed) {
  expect_every_flip_is_noticed(segments_end(), small_image().size());
}

TEST(ImageFile, FlipsInTheSegmentsAreNoticed) {
  expect_every_flip_is_noticed(position_of(small_view().segments()[1].contents), segments_end(), 13);
}

TEST(ImageFile, EveryTruncationIsRefused) {
  const Bytes& whole = small_image();
  for (size_t size = 0; size < whole.size(); size += 7) {
    const ByteView cut = ByteView(whole).first(size);
    EXPECT_FALSE(ImageView::parse(cut)) << size;
  }
}

TEST(ImageFile, BytesAfterTheEndAreRefused) {
  Bytes file = small_image();
  file.push_back(0);
  EXPECT_FALSE(ImageView::parse(file));
}

// What somebody who signs anew could try: a header that lies about the layout.
class ChangedHeader : public testing::Test {
 protected:
  // Parses the image with `change` made to its header, which the frame digest does not cover.
  template <typename Change>
  static std::string refusal(Change change) {
    Bytes file = small_image();
    const size_t at = position_of(small_view().segments().front().contents);
    arch::ImageHeader header = small_view().header();
    change(header);
    std::memcpy(file.data() + at, &header, sizeof header);
    const auto image = ImageView::parse(file);
    return image ? "" : image.error().message;
  }
};

TEST_F(ChangedHeader, IsRefusedWhereItContradictsTheSegments) {
  using arch::kPageSize;
  EXPECT_THAT(refusal([](auto& h) { h.magic ^= 1; }), HasSubstr("another magic number"));
  EXPECT_THAT(refusal([](auto& h) { h.version = 2; }), HasSubstr("reads version 1; build the image anew"));
  EXPECT_THAT(refusal([](auto& h) { h.flags = 32; }), HasSubstr("unknown image flags 0x20"));
  EXPECT_THAT(refusal([](auto& h) { h.flags = arch::kImageAexNotify; }),
              HasSubstr("no room for the handler"));
  EXPECT_THAT(refusal([](auto& h) { h.flags = arch::kImageFixedMemory; }),
              HasSubstr("segment of the arena is missing"));
  EXPECT_THAT(refusal([](auto& h) { h.enclave_size += kPageSize; }), HasSubstr("not a power of two"));
  EXPECT_THAT(refusal([](auto& h) { h.enclave_size = kPageSize; }), HasSubstr("outside the enclave"));
  EXPECT_THAT(refusal([](auto& h) { h.kernel.offset = 0; }), HasSubstr("kernel is out of order"));
  EXPECT_THAT(refusal([](auto& h) { h.kernel.size += kPageSize; }), HasSubstr("boot data is out of order"));
  EXPECT_THAT(refusal([](auto& h) { h.kernel.size -= kPageSize; }),
              HasSubstr("segment of the kernel differs"));
  EXPECT_THAT(refusal([](auto& h) { h.boot_data.offset += 1; }), HasSubstr("boot data is not whole pages"));
  EXPECT_THAT(refusal([](auto& h) { h.program.size = ~uint64_t{4095}; }), HasSubstr("outside the enclave"));
  EXPECT_THAT(refusal([](auto& h) { h.gates.size = 0; }), HasSubstr("segment of the program differs"));
  EXPECT_THAT(refusal([](auto& h) { h.program_entry = h.arena.offset; }),
              HasSubstr("entry point is not in its code"));
  EXPECT_THAT(refusal([](auto& h) { h.program_entry = h.program.offset; }),
              HasSubstr("entry point is not in its code"));
  EXPECT_THAT(refusal([](auto& h) { h.program_headers = h.program.offset + h.program.size; }),
              HasSubstr("program headers are not in the program"));
  EXPECT_THAT(refusal([](auto& h) { h.program_header_count = UINT32_MAX; }),
              HasSubstr("program headers are not in the program"));
  EXPECT_THAT(refusal([](auto& h) { h.thread_count = 0; }), HasSubstr("0 threads"));
  EXPECT_THAT(refusal([](auto& h) { h.thread_count = 257; }), HasSubstr("257 threads"));
  EXPECT_THAT(refusal([](auto& h) { h.thread_count = 2; }), HasSubstr("do not fit the number of threads"));
  EXPECT_THAT(refusal([](auto& h) { h.ssa_frames = 0; }), HasSubstr("impossible counts"));
  EXPECT_THAT(refusal([](auto& h) { h.ssa_frame_pages = UINT32_MAX; }), HasSubstr("impossible counts"));
  EXPECT_THAT(refusal([](auto& h) { h.kernel_stack_stride = 0; }), HasSubstr("impossible stride"));
  EXPECT_THAT(refusal([](auto& h) { h.heap_limit = h.arena.size + kPageSize; }),
              HasSubstr("not whole pages of the arena"));
  EXPECT_THAT(refusal([](auto& h) { h.arena.size += kPageSize; }), HasSubstr("arena lies outside"));
}

TEST_F(ChangedHeader, ThatIsPossibleChangesTheMeasurement) {
  Bytes file = small_image();
  const size_t at = position_of(small_view().segments().front().contents);
  arch::ImageHeader header = small_view().header();
  header.flags ^= arch::kImageDebug;
  std::memcpy(file.data() + at, &header, sizeof header);
  const auto image = ImageView::parse(file);
  ASSERT_TRUE(image);
  EXPECT_NE(measure(*image).value(), measure(small_view()).value());
  EXPECT_THAT(check_signature(*image).error().message, HasSubstr("about another image"));
}

TEST(ImageFile, KernelFunctionsMustBeInTheKernelsCode) {
  EXPECT_TRUE(small_view().kernel_function(kKernelEntryVm));
  EXPECT_EQ(small_view().kernel_function("nothing").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(small_view().kernel_function("kernel_variable").error().message,
              HasSubstr("outside the kernel's code"));
  EXPECT_THAT(small_view().kernel_function("immediate_before").error().message,
              HasSubstr("outside the kernel's code"));
}

TEST(ImageFile, OtherFilesAreNotImages) {
  EXPECT_THAT(ImageView::parse({}).error().message, HasSubstr("not an enclave image: not an ELF file"));
  EXPECT_THAT(ImageView::parse(test_program()).error().message,
              HasSubstr("make an image of a program with `strongroom build`"));
  EXPECT_THAT(ImageView::parse(test_kernel()).error().message, HasSubstr("the ELF type is not ET_DYN"));
}

}  // namespace
}  // namespace strongroom::image
