#include "tee/prepared_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "arch/own_calls.h"
#include "base/encoding.h"

namespace strongroom::tee {
namespace {

Result<arch::Measurement> measure(const image::ImageView& view) {
  auto builder =
      TRY(arch::MeasurementBuilder::create(view.header().enclave_size, view.header().ssa_frame_pages));
  for (const image::ImageSegment& segment : view.segments()) {
    const bool is_tcs = (segment.flags & arch::kSegmentTcs) != 0;
    TRY(builder.add_pages({.offset = segment.offset,
                           .size = segment.memory_size,
                           .type = is_tcs ? arch::PageType::kTcs : arch::PageType::kRegular,
                           .permissions = segment.protection,
                           .measured = (segment.flags & arch::kSegmentUnmeasured) == 0},
                          segment.contents));
  }
  return builder.finish();
}

// TCS pages and SSA frames belong to the processor of TEEs that have one; software TEEs keep no state in
// them, and give the arena's pages themselves, whether they are in the image or not.
bool is_for_hardware_only(const image::ImageView& view, const image::ImageSegment& segment) {
  const arch::ImageRange& ssa = view.header().ssa;
  return (segment.flags & arch::kSegmentTcs) != 0 ||
         (segment.offset >= ssa.offset && segment.end() <= ssa.offset + ssa.size) ||
         segment.offset == view.header().arena.offset;
}

Result<FileDescriptor> sealed_file(const std::vector<std::pair<SharedSegment, ByteView>>& segments,
                                   uint64_t size) {
  FileDescriptor file(memfd_create("strongroom-code", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return fail_errno("cannot create a memory file for the enclave's code", errno);
  if (ftruncate(file.get(), static_cast<off_t>(size)) != 0)
    return fail_errno("cannot size the enclave's code", errno);
  for (const auto& [segment, contents] : segments) {
    if (lseek(file.get(), static_cast<off_t>(segment.file_offset), SEEK_SET) < 0)
      return fail_errno("cannot write the enclave's code", errno);
    TRY_IN("the enclave's code", write_all(file.get(), contents));
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return fail_errno("cannot seal the enclave's code", errno);
  return file;
}

void add_contents(const image::ImageSegment& segment, std::vector<PrivateContents>& out) {
  bool goes_on = false;
  for (uint64_t at = 0; at < segment.contents.size(); at += arch::kPageSize) {
    const ByteView page =
        segment.contents.subspan(at, std::min(arch::kPageSize, segment.contents.size() - at));
    const bool is_zero = std::all_of(page.begin(), page.end(), [](uint8_t byte) { return byte == 0; });
    if (!is_zero && goes_on)
      out.back().bytes = {out.back().bytes.data(), out.back().bytes.size() + page.size()};
    else if (!is_zero)
      out.push_back({segment.offset + at, page});
    goes_on = !is_zero;
  }
}

KernelPlaces find_places(const image::ImageView& view) {
  return {.process_entry = view.kernel_function("strongroom_entry_process"),
          .guardian_entry = view.kernel_function("strongroom_entry_process_guardian"),
          .vm_entry = view.kernel_function("strongroom_entry_vm"),
          .vm_trapped_syscall = view.kernel_function("strongroom_gate_trapped_syscall"),
          .vm_exception = view.kernel_function("strongroom_entry_vm_exception"),
          .launch_secret = view.kernel_data("strongroom_launch_secret", arch::kLaunchSecretSize)};
}

}  // namespace

Result<ImageIdentity> identify(const image::ImageView& view) {
  ImageIdentity identity;
  identity.measurement = TRY(measure(view));
  if (!view.is_signed()) {
    identity.debug_permitted = (view.header().flags & arch::kImageDebug) != 0;
    return identity;
  }
  const arch::Sigstruct sigstruct = TRY_IN("the image's signature", arch::parse_sigstruct(view.sigstruct()));
  if (arch::enclave_measurement(sigstruct) != identity.measurement)
    return fail(ErrorCode::kVerificationFailed,
                "the image is not what was signed: its measurement is " + to_hex(identity.measurement) +
                    ", the signature is over " + to_hex(arch::enclave_measurement(sigstruct)) +
                    "; sign it again");
  identity.is_signed = true;
  identity.signer = arch::signer_identity(sigstruct);
  identity.product_id = sigstruct.isv_prod_id;
  identity.svn = sigstruct.isv_svn;
  identity.debug_permitted = arch::permits_debug(sigstruct);
  identity.production_permitted = arch::permits_production(sigstruct);
  return identity;
}

Result<PreparedImage> prepare_image(Bytes file) {
  image::ImageView view = TRY(image::ImageView::parse(file));
  const arch::ImageRange& program = view.header().program;
  StartPages start_pages = TRY(StartPages::create((program.offset + program.size) / arch::kPageSize));
  PreparedImage image{.file = std::move(file),
                      .view = std::move(view),
                      .identity = {},
                      .places = {},
                      .code = {},
                      .shared_segments = {},
                      .private_segments = {},
                      .private_contents = {},
                      .start_pages = std::move(start_pages)};
  image.identity = TRY(identify(image.view));
  image.places = find_places(image.view);
  std::vector<std::pair<SharedSegment, ByteView>> shared;
  uint64_t size = 0;
  for (const image::ImageSegment& segment : image.view.segments()) {
    if (is_for_hardware_only(image.view, segment)) continue;
    if ((segment.protection & arch::kWrite) != 0) {
      image.private_segments.push_back({segment.offset, segment.memory_size});
      add_contents(segment, image.private_contents);
      continue;
    }
    shared.emplace_back(SharedSegment{segment.offset, segment.memory_size, size, segment.protection},
                        segment.contents);
    image.shared_segments.push_back(shared.back().first);
    size += segment.memory_size;
  }
  image.code = TRY(sealed_file(shared, size));
  return image;
}

}  // namespace strongroom::tee
