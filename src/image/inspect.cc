#include "image/inspect.h"

#include "arch/sigstruct.h"
#include "base/encoding.h"
#include "image/image_measure.h"
#include "image/signature_check.h"

namespace strongroom::image {
namespace {

std::string permissions_of(const ImageSegment& segment) {
  if ((segment.flags & arch::kSegmentTcs) != 0) return "tcs";
  std::string text = "---";
  if ((segment.protection & arch::kRead) != 0) text[0] = 'r';
  if ((segment.protection & arch::kWrite) != 0) text[1] = 'w';
  if ((segment.protection & arch::kExecute) != 0) text[2] = 'x';
  return text;
}

Result<std::vector<InspectReport::Segment>> list_segments(const ImageView& image) {
  const std::vector<ElfSection> sections = TRY(image.elf().sections());
  std::vector<InspectReport::Segment> segments;
  for (const ImageSegment& segment : image.segments()) {
    std::string name;
    for (const ElfSection& section : sections)
      if ((section.flags & SHF_ALLOC) != 0 && section.address == segment.offset) name = section.name;
    segments.push_back({name, segment.offset, segment.memory_size, segment.contents.size(),
                        permissions_of(segment), (segment.flags & arch::kSegmentUnmeasured) == 0});
  }
  return segments;
}

}  // namespace

Result<InspectReport> inspect(const ImageView& image) {
  const ManifestIdentity identity = TRY(read_canonical_manifest(image.manifest()));
  InspectReport report;
  report.name = identity.name;
  report.mrenclave = to_hex(TRY(measure(image)));
  report.is_signed = image.is_signed();
  report.product_id = identity.product_id;
  report.svn = identity.svn;
  if (report.is_signed) {
    const Result<arch::Sigstruct> sigstruct = check_signature(image);
    if (sigstruct) {
      report.mrsigner = to_hex(arch::signer_identity(*sigstruct));
      report.product_id = sigstruct->isv_prod_id;
      report.svn = sigstruct->isv_svn;
    } else {
      report.signature_fault = sigstruct.error().message;
    }
  }
  report.debug = (image.header().flags & arch::kImageDebug) != 0;
  report.insecure = identity.insecure;
  report.header = image.header();
  report.segments = TRY(list_segments(image));
  report.sites = TRY(find_sites(image));
  report.manifest = std::string(image.manifest());
  return report;
}

}  // namespace strongroom::image
