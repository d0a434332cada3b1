#include "tee/sgx/driver.h"

#include <asm/sgx.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "arch/page.h"
#include "arch/secs.h"
#include "arch/sigstruct.h"
#include "tee/sgx/processor.h"

namespace strongroom::tee::sgx {
namespace {

constexpr char kDevice[] = "/dev/sgx_enclave";
constexpr uint32_t kThrowawayDate = 0x20000101;  // of signatures that nobody keeps

uint64_t address_of(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

// Repeats what the driver gives up half-way; `argument.count` says how far it came.
template <typename Argument>
int change(int file, unsigned long request, Argument argument) {
  while (true) {
    argument.count = 0;
    if (ioctl(file, request, &argument) == 0) return 0;
    const int error = errno;
    if (error != EINTR && error != EAGAIN && error != EBUSY) return -error;
    if (error == EBUSY) sched_yield();  // to the thread that is in another call to the driver
    argument.offset += argument.count;
    argument.length -= argument.count;
    if constexpr (requires { argument.result; }) argument.result = 0;
    if (argument.length == 0) return 0;
  }
}

// What both the signer permits and the processor has.
Result<EnclaveAttributes> choose_attributes(const arch::Sigstruct& sigstruct, uint32_t image_flags,
                                            bool debug) {
  const ProcessorSgx processor = TRY(read_processor());
  const arch::Attributes mask = sigstruct.attribute_mask;
  EnclaveAttributes out{.attributes = sigstruct.attributes & mask,
                        .misc_select = (sigstruct.misc_select & sigstruct.misc_mask) |
                                       (arch::kMiscExinfo & ~sigstruct.misc_mask)};
  out.attributes.flags |= arch::kAttributeMode64;
  out.attributes.flags &= ~uint64_t{arch::kAttributeDebug};
  if (debug) out.attributes.flags |= arch::kAttributeDebug;
  if ((image_flags & arch::kImageAexNotify) != 0) out.attributes.flags |= arch::kAttributeAexNotify;
  out.attributes.xfrm |= processor.xfrm & kUsableXfrm & ~mask.xfrm;
  // Only where nothing waits for page faults can the enclave do without a report of them.
  if ((image_flags & arch::kImageFixedMemory) != 0) {
    out.misc_select &= processor.misc_select | ~uint32_t{arch::kMiscExinfo};
  } else if ((out.misc_select & arch::kMiscExinfo) == 0) {
    return fail(ErrorCode::kUnsupported,
                "the image's signature forbids SGX to report page faults (MISCSELECT.EXINFO); sign it again");
  }
  if ((out.misc_select & ~processor.misc_select) != 0)
    return fail(ErrorCode::kUnsupported, "this processor does not report page faults of enclaves (EXINFO)");
  return out;
}

Result<arch::Sigstruct> sigstruct_of(const PreparedImage& image) {
  if (image.view.is_signed()) return arch::parse_sigstruct(image.view.sigstruct());
  arch::SigstructContents contents;
  contents.measurement = image.identity.measurement;
  contents.date = kThrowawayDate;
  contents.misc_mask = ~uint32_t{arch::kMiscExinfo};
  contents.debug_permitted = image.identity.debug_permitted;
  if ((image.view.header().flags & arch::kImageAexNotify) != 0)
    contents.attribute_mask.flags &= ~uint64_t{arch::kAttributeAexNotify};
  arch::Sigstruct sigstruct = arch::make_sigstruct(contents);
  TRY(arch::sign_sigstruct(sigstruct, TRY(crypto::RsaPrivateKey::generate())));
  return sigstruct;
}

std::string explain_init(int error) {
  if (error == EPERM)
    return "the processor refuses the enclave's signature or measurement (EINIT), or its launch control is "
           "locked to another signer; enable flexible launch control in the firmware";
  return fmt::format("the driver refuses to initialise the enclave: {}", std::strerror(error));
}

}  // namespace

Result<EnclaveDevice> EnclaveDevice::open() {
  FileDescriptor file(::open(kDevice, O_RDWR | O_CLOEXEC));
  if (file.valid()) return EnclaveDevice(std::move(file));
  if (errno == ENOENT)
    return fail(ErrorCode::kUnsupported,
                fmt::format("there is no {}; `strongroom doctor` says why SGX cannot be used here", kDevice));
  return fail_errno(fmt::format("cannot open {}; add this user to the group that owns it", kDevice), errno);
}

Result<void> EnclaveDevice::create(const arch::ImageHeader& header, uint64_t base,
                                   const EnclaveAttributes& what) const {
  alignas(arch::kPageSize) arch::Secs secs{};
  secs.size = header.enclave_size;
  secs.base_address = base;
  secs.ssa_frame_size = header.ssa_frame_pages;
  secs.misc_select = what.misc_select;
  secs.attributes = what.attributes;
  sgx_enclave_create create{address_of(&secs)};
  if (ioctl(file_.get(), SGX_IOC_ENCLAVE_CREATE, &create) == 0) return {};
  // The image asks for one attribute that Linux did not always know.
  if (errno == EINVAL && (header.flags & arch::kImageAexNotify) != 0)
    return fail(
        ErrorCode::kUnsupported,
        "the driver refuses an enclave with AEX-Notify, which Linux has since 6.2; use that, or build the "
        "image without `aex_notify`");
  return fail_errno(fmt::format("the driver refuses to create an enclave of {:#x} bytes", secs.size), errno);
}

Result<void> EnclaveDevice::add(const image::ImageSegment& segment) const {
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  const bool is_tcs = (segment.flags & arch::kSegmentTcs) != 0;
  const arch::Secinfo secinfo =
      arch::make_secinfo(is_tcs ? arch::PageType::kTcs : arch::PageType::kRegular, segment.protection);
  // The driver wants whole pages at page boundaries, which the image in memory does not offer.
  void* const mapping = mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return fail_errno("no memory to add pages from", errno);
  auto* const piece = static_cast<uint8_t*>(mapping);
  int error = 0;
  for (uint64_t done = 0; done < segment.memory_size && error == 0;) {
    const uint64_t size = std::min(kPiece, segment.memory_size - done);
    const uint64_t filled =
        done < segment.contents.size() ? std::min<uint64_t>(size, segment.contents.size() - done) : 0;
    if (filled != 0) std::memcpy(piece, segment.contents.data() + done, filled);
    std::memset(piece + filled, 0, size - filled);
    sgx_enclave_add_pages what{};
    what.src = address_of(piece);
    what.offset = segment.offset + done;
    what.length = size;
    what.secinfo = address_of(&secinfo);
    what.flags = (segment.flags & arch::kSegmentUnmeasured) == 0 ? uint64_t{SGX_PAGE_MEASURE} : 0;
    if (ioctl(file_.get(), SGX_IOC_ENCLAVE_ADD_PAGES, &what) != 0 && errno != EINTR && errno != EAGAIN)
      error = errno;
    else
      done += what.count;
  }
  munmap(mapping, kPiece);
  if (error == ENOMEM)
    return fail(ErrorCode::kResourceExhausted, "the processor's protected memory (EPC) is used up");
  if (error != 0) return fail_errno(fmt::format("the driver refuses pages at {:#x}", segment.offset), error);
  return {};
}

// Each segment as it may be used, and the arena: where it is in the image the enclave asks for each page that
// it opens (PageChange::kProtect), else pages come when they are touched. What lies between stays reserved.
Result<void> EnclaveDevice::map(const image::ImageView& image, uint64_t base) const {
  const auto map_range = [&](uint64_t offset, uint64_t size, int protection) -> Result<void> {
    if (mmap(reinterpret_cast<void*>(base + offset), size, protection, MAP_SHARED | MAP_FIXED, file_.get(),
             0) == MAP_FAILED)
      return fail_errno(fmt::format("cannot map the enclave's pages at {:#x}", offset), errno);
    return {};
  };
  for (const image::ImageSegment& segment : image.segments()) {
    if (segment.offset == image.header().arena.offset) continue;
    const bool is_tcs = (segment.flags & arch::kSegmentTcs) != 0;
    TRY(map_range(segment.offset, segment.memory_size,
                  is_tcs ? PROT_READ | PROT_WRITE : static_cast<int>(segment.protection)));
  }
  const bool fixed = (image.header().flags & arch::kImageFixedMemory) != 0;
  return map_range(image.header().arena.offset, image.header().arena.size,
                   fixed ? PROT_NONE : PROT_READ | PROT_WRITE);
}

Result<void> EnclaveDevice::load(const PreparedImage& image, uint64_t base, bool debug) {
  const arch::ImageHeader& header = image.view.header();
  arch::Sigstruct sigstruct = TRY(sigstruct_of(image));
  const EnclaveAttributes attributes = TRY(choose_attributes(sigstruct, header.flags, debug));
  xfrm_ = attributes.attributes.xfrm;
  void* const range = mmap(reinterpret_cast<void*>(base), header.enclave_size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (range != reinterpret_cast<void*>(base))
    return fail_errno("cannot reserve the enclave's address range", range == MAP_FAILED ? errno : EEXIST);
  TRY(create(header, base, attributes));
  for (const image::ImageSegment& segment : image.view.segments()) TRY(add(segment));
  sgx_enclave_init init{address_of(&sigstruct)};
  if (ioctl(file_.get(), SGX_IOC_ENCLAVE_INIT, &init) != 0)
    return fail(ErrorCode::kVerificationFailed, explain_init(errno));
  base_ = base;
  program_ = header.program;
  arena_ = header.arena;
  return map(image.view, base);
}

int EnclaveDevice::restrict_permissions(uint64_t offset, uint64_t size, uint64_t permissions) const {
  sgx_enclave_restrict_permissions what{};
  what.offset = offset;
  what.length = size;
  what.permissions = permissions;
  return change(file_.get(), SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, what);
}

int EnclaveDevice::trim(uint64_t offset, uint64_t size) const {
  sgx_enclave_modify_types what{};
  what.offset = offset;
  what.length = size;
  what.page_type = static_cast<uint64_t>(arch::PageType::kTrim);
  return change(file_.get(), SGX_IOC_ENCLAVE_MODIFY_TYPES, what);
}

int EnclaveDevice::remove(uint64_t offset, uint64_t size) const {
  sgx_enclave_remove_pages what{};
  what.offset = offset;
  what.length = size;
  return change(file_.get(), SGX_IOC_ENCLAVE_REMOVE_PAGES, what);
}

int EnclaveDevice::protect(uint64_t offset, uint64_t size, uint64_t permissions) const {
  const auto inside = [&](const arch::ImageRange& range) {
    return offset >= range.offset && offset - range.offset <= range.size &&
           size <= range.size - (offset - range.offset);
  };
  if (!inside(program_) && !inside(arena_)) return -EINVAL;
  if ((permissions & ~uint64_t{PROT_READ | PROT_WRITE}) != 0) return -EINVAL;
  const int protection = static_cast<int>(permissions);
  return mprotect(reinterpret_cast<void*>(base_ + offset), size, protection) == 0 ? 0 : -errno;
}

}  // namespace strongroom::tee::sgx
