// A hostile image: reading, measuring, checking and inspecting it must end. The digest of the frame is made
// good first, so that mutations get past it.
#include <algorithm>

#include "image/image_measure.h"
#include "image/inspect.h"
#include "image/signature_check.h"

namespace strongroom::image {
namespace {

constexpr size_t kSigstructInNotes = sizeof(Elf64_Nhdr) + 12;  // after the name, padded
constexpr uint64_t kMeasuredAtMost = uint64_t{1} << 20;

void make_frame_good(Bytes& file) {
  const auto elf = ElfFile::parse(file);
  if (!elf || elf->find(PT_NOTE) == nullptr || elf->loads().empty()) return;
  const std::vector<ElfSegment> loads = elf->loads();
  const size_t begin = loads.front().file_offset;
  const size_t end = loads.back().file_offset + loads.back().contents.size();
  const size_t sigstruct = elf->find(PT_NOTE)->file_offset + kSigstructInNotes;
  if (sigstruct + kSigstructSize > begin || begin > end || loads.front().contents.size() < arch::kPageSize)
    return;
  const auto digest = frame_digest(file, begin, end, sigstruct);
  std::copy(digest.begin(), digest.end(),
            file.begin() + static_cast<std::ptrdiff_t>(begin + kFrameDigestOffset));
}

void use(const ImageView& image) {
  (void)image.kernel_function("strongroom_entry_vm");
  (void)image.find_symbol(image.header().program_entry);
  uint64_t memory = 0;
  for (const ImageSegment& segment : image.segments()) memory += segment.memory_size;
  if (memory > kMeasuredAtMost) return;
  (void)check_signature(image);
  if (const auto report = inspect(image)) {
    (void)to_json(*report);
    (void)to_text(*report);
  }
}

}  // namespace
}  // namespace strongroom::image

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::image;
  strongroom::Bytes file(data, data + size);
  make_frame_good(file);
  if (const auto image = ImageView::parse(file)) use(*image);
  return 0;
}
