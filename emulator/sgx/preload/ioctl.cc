// The seven ioctls of /dev/sgx_enclave, with the checks of Linux 6.1 and their order.
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "core/secinfo.h"
#include "preload/driver.h"
#include "preload/real.h"
#include "preload/thread.h"
#include "preload/uapi.h"

namespace strongroom::sgx {

namespace {

using arch::kPageSize;
using arch::LeafStatus;
using arch::PageType;

// Memory of the program: a bad address is an error and no signal.
bool copy_from_user(void* to, uint64_t from, size_t size) {
  const iovec local{to, size};
  const iovec remote{reinterpret_cast<void*>(from), size};
  return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}
bool copy_to_user(uint64_t to, const void* from, size_t size) {
  const iovec local{const_cast<void*>(from), size};
  const iovec remote{reinterpret_cast<void*>(to), size};
  return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool is_range(const Device& device, uint64_t offset, uint64_t length) {
  return offset % kPageSize == 0 && length != 0 && length % kPageSize == 0 && offset + length >= offset &&
         offset + length - kPageSize < device.size;
}

int create(Device& device, uint64_t argument) {
  if (device.created) return -EINVAL;
  uapi::Create parameters;
  arch::Secs secs;
  if (!copy_from_user(&parameters, argument, sizeof(parameters))) return -EFAULT;
  if (!copy_from_user(&secs, parameters.secs, sizeof(secs))) return -EFAULT;
  if (!std::has_single_bit(secs.size)) return -EINVAL;
  if (!ecreate(processor(), device.secs, secs, arch::Secinfo{})) return -EIO;

  const bool sized = ftruncate(device.memory_fd, static_cast<off_t>(secs.size)) == 0;
  void* const view = !sized ? MAP_FAILED
                            : real::mmap(nullptr, secs.size, PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_NORESERVE, device.memory_fd, 0);
  if (view == MAP_FAILED) {
    static_cast<void>(eremove(device.secs));
    return -ENOMEM;
  }
  device.processor_view = static_cast<uint8_t*>(view);
  device.base = secs.base_address;
  device.size = secs.size;
  device.mapped.assign(secs.size / kPageSize, kNotMapped);
  // The last of them since Linux 6.2. What was permitted before is forgotten.
  device.permitted_attributes =
      arch::kAttributeDebug | arch::kAttributeMode64 | arch::kAttributeKss | arch::kAttributeAexNotify;
  device.created = true;
  return 0;
}

int check_secinfo(const arch::Secinfo& secinfo) {
  const PageType type = arch::page_type(secinfo);
  const bool has_permissions = (secinfo.flags & arch::kSecinfoPermissions) != 0;
  constexpr uint64_t kKnown = arch::kSecinfoPermissions | uint64_t{0xff} << arch::kSecinfoTypeShift;
  if (type != PageType::kRegular && type != PageType::kTcs) return -EINVAL;
  if (!has_consistent_permissions(secinfo)) return -EINVAL;
  if (type == PageType::kTcs && has_permissions) return -EINVAL;
  if ((secinfo.flags & ~kKnown) != 0 || has_reserved(secinfo)) return -EINVAL;
  return 0;
}

int add_page(Device& device, const uapi::AddPages& what, uint64_t at, const arch::Secinfo& secinfo) {
  const uint64_t offset = what.offset + at;
  if (device.find(offset) != nullptr) return -EBUSY;
  uint8_t content[kPageSize];
  if (!copy_from_user(content, what.source + at, sizeof(content))) return -EFAULT;
  auto page = device.make_page(offset, secinfo.flags);
  if (!eadd(page->epc, device.base + offset, device.secs, secinfo, content)) return -EIO;
  for (uint64_t chunk = 0; (what.flags & uapi::kPageMeasure) != 0 && chunk < kPageSize; chunk += 256) {
    if (eextend(device.secs, page->epc, chunk)) continue;
    static_cast<void>(eremove(page->epc));
    return -EIO;
  }
  device.pages.emplace(offset, std::move(page));
  return 0;
}

// Applies `change(offset)` to page after page, until one fails; says in `what.count` how far it came, tells
// the program, and gives the pages their new protection.
template <typename Parameters, typename Change>
int for_each_page(Device& device, uint64_t argument, Parameters& what, Change change) {
  int error = 0;
  what.count = 0;
  while (what.count < what.length) {
    error = change(what.offset + what.count);
    if (error != 0) break;
    what.count += kPageSize;
  }
  device.apply_protection(device.base + what.offset, device.base + what.offset + what.count);
  return copy_to_user(argument, &what, sizeof(what)) ? error : -EFAULT;
}

int add_pages(Device& device, uint64_t argument) {
  if (!device.created || device.initialised()) return -EINVAL;
  uapi::AddPages what;
  arch::Secinfo secinfo;
  if (!copy_from_user(&what, argument, sizeof(what))) return -EFAULT;
  if (what.source % kPageSize != 0 || !is_range(device, what.offset, what.length)) return -EINVAL;
  if (!copy_from_user(&secinfo, what.secinfo, sizeof(secinfo))) return -EFAULT;
  if (const int error = check_secinfo(secinfo); error != 0) return error;
  return for_each_page(device, argument, what, [&](uint64_t offset) {
    return add_page(device, what, offset - what.offset, secinfo);
  });
}

int initialise(Device& device, uint64_t argument) {
  if (!device.created || device.initialised()) return -EINVAL;
  uapi::Init parameters;
  arch::Sigstruct sigstruct;
  if (!copy_from_user(&parameters, argument, sizeof(parameters))) return -EFAULT;
  if (!copy_from_user(&sigstruct, parameters.sigstruct, sizeof(sigstruct))) return -EFAULT;
  if (sigstruct.vendor != arch::kVendorOther && sigstruct.vendor != arch::kVendorIntel) return -EINVAL;
  if ((device.secs.enclave->secs.attributes.flags & ~device.permitted_attributes) != 0) return -EACCES;
  const arch::Attributes fixed = sigstruct.attributes & sigstruct.attribute_mask;
  if ((fixed.flags & ~supported_attributes(processor())) != 0) return -EINVAL;
  if ((sigstruct.misc_select & sigstruct.misc_mask & ~processor().misc_select) != 0) return -EINVAL;
  if ((fixed.xfrm & ~processor().xfrm) != 0) return -EINVAL;
  const Outcome outcome = einit(sigstruct, device.secs, arch::signer_identity(sigstruct));
  if (!outcome) return -EIO;
  return *outcome == LeafStatus::kSuccess ? 0 : -EPERM;
}

int provision(Device& device, uint64_t argument) {
  uapi::Provision parameters;
  if (!copy_from_user(&parameters, argument, sizeof(parameters))) return -EFAULT;
  if (!is_provision(static_cast<int>(parameters.fd))) return -EINVAL;
  device.permitted_attributes |= arch::kAttributeProvisionKey;
  return 0;
}

// Changes one page; the status of the instruction goes to `result` where it refuses.
template <typename Leaf>
int change(Leaf leaf, DevicePage& page, const arch::Secinfo& secinfo, uint64_t& result) {
  const Outcome outcome = leaf(page.epc, secinfo);
  if (!outcome) return -EFAULT;
  if (*outcome == LeafStatus::kSuccess) return 0;
  result = static_cast<uint64_t>(*outcome);
  return -EFAULT;
}

int restrict_page(DevicePage& page, uapi::RestrictPermissions& what) {
  if (page.type != PageType::kRegular) return -EINVAL;
  return change(emodpr, page, arch::Secinfo{what.permissions, {}}, what.result);
}

int retype_page(DevicePage& page, uapi::ModifyTypes& what) {
  const auto type = static_cast<PageType>(what.page_type);
  const bool allowed =
      page.type == PageType::kRegular || (page.type == PageType::kTcs && type == PageType::kTrim);
  if (!allowed) return -EINVAL;
  constexpr uint32_t kReadWrite = PROT_READ | PROT_WRITE;
  const bool becomes_tcs = page.type == PageType::kRegular && type == PageType::kTcs;
  if (becomes_tcs && (~page.maximum_protection & kReadWrite) != 0) return -EPERM;
  const arch::Secinfo secinfo{what.page_type << arch::kSecinfoTypeShift, {}};
  if (const int error = change(emodt, page, secinfo, what.result); error != 0) return error;
  if (becomes_tcs) page.maximum_protection = kReadWrite;
  page.type = type;
  return 0;
}

int restrict_permissions(Device& device, uint64_t argument, bool& track) {
  if (!device.initialised()) return -EINVAL;
  uapi::RestrictPermissions what;
  if (!copy_from_user(&what, argument, sizeof(what))) return -EFAULT;
  if (!is_range(device, what.offset, what.length)) return -EINVAL;
  if ((what.permissions & ~uint64_t{arch::kSecinfoPermissions}) != 0) return -EINVAL;
  if (!arch::has_consistent_permissions({what.permissions, {}})) return -EINVAL;
  if (what.result != 0 || what.count != 0) return -EINVAL;
  const int error = for_each_page(device, argument, what, [&](uint64_t offset) {
    DevicePage* const page = device.find(offset);
    return page == nullptr ? -EFAULT : restrict_page(*page, what);
  });
  track = what.count != 0;
  return error;
}

int modify_types(Device& device, uint64_t argument, bool& track) {
  if (!device.initialised()) return -EINVAL;
  uapi::ModifyTypes what;
  if (!copy_from_user(&what, argument, sizeof(what))) return -EFAULT;
  if (!is_range(device, what.offset, what.length)) return -EINVAL;
  if ((what.page_type & ~uint64_t{0xff}) != 0) return -EINVAL;
  if (what.result != 0 || what.count != 0) return -EINVAL;
  const auto type = static_cast<PageType>(what.page_type);
  if (type != PageType::kTcs && type != PageType::kTrim) return -EINVAL;
  const int error = for_each_page(device, argument, what, [&](uint64_t offset) {
    DevicePage* const page = device.find(offset);
    return page == nullptr ? -EFAULT : retype_page(*page, what);
  });
  track = what.count != 0;
  return error;
}

// EMODPR tells whether the enclave has accepted: then, and only then, a trimmed page raises a page fault.
int remove_page(Device& device, uint64_t offset) {
  DevicePage* const page = device.find(offset);
  if (page == nullptr) return -EFAULT;
  if (page->type != PageType::kTrim) return -EPERM;
  const Outcome probe = emodpr(page->epc, {arch::kSecinfoPermissions, {}});
  if (probe || probe.error().vector != arch::ExceptionVector::kPageFault) return -EPERM;
  static_cast<void>(eremove(page->epc));
  device.pages.erase(offset);
  return 0;
}

int remove_pages(Device& device, uint64_t argument) {
  if (!device.initialised()) return -EINVAL;
  uapi::RemovePages what;
  if (!copy_from_user(&what, argument, sizeof(what))) return -EFAULT;
  if (!is_range(device, what.offset, what.length)) return -EINVAL;
  if (what.count != 0) return -EINVAL;
  return for_each_page(device, argument, what, [&](uint64_t offset) { return remove_page(device, offset); });
}

// What Linux says before it looks at the argument: from 6.0 on that the processor cannot, before that it does
// not know the request.
int refuse_to_change() {
  return model() == Model::kSgx1 ? -ENODEV : -ENOTTY;
}

int dispatch(Device& device, unsigned long request, uint64_t argument, bool& track) {
  switch (request) {
    case uapi::kCreate:
      return create(device, argument);
    case uapi::kAddPages:
      return add_pages(device, argument);
    case uapi::kInit:
      return initialise(device, argument);
    case uapi::kProvision:
      return provision(device, argument);
    case uapi::kRestrictPermissions:
    case uapi::kModifyTypes:
    case uapi::kRemovePages:
      if (!changes_enclaves()) return refuse_to_change();
      break;
    default:
      return -ENOTTY;
  }
  switch (request) {
    case uapi::kRestrictPermissions:
      return restrict_permissions(device, argument, track);
    case uapi::kModifyTypes:
      return modify_types(device, argument, track);
    default:
      return remove_pages(device, argument);
  }
}

}  // namespace

int device_ioctl(const std::shared_ptr<Device>& device, unsigned long request, uint64_t argument) {
  // One at a time: another thread is told so, and waits for nothing.
  if (device->in_ioctl.test_and_set()) return -EBUSY;
  bool track = false;
  int error = 0;
  {
    const DriverLock lock;
    error = dispatch(*device, request, argument, track);
    // Linux tracks after each page; once after all of them is the same to the enclave.
    if (track) static_cast<void>(etrack(device->secs));
  }
  if (track) interrupt_threads_inside(device->secs);
  device->in_ioctl.clear();
  return error;
}

}  // namespace strongroom::sgx
