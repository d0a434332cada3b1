#include "tee/vm/kvm.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <x86intrin.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tee/kvm_constants.h"
#include "tee/private_memory_offer.h"

namespace strongroom::tee::vm {
namespace {

// C++ gives an empty struct one byte, C none: <linux/kvm.h>'s flexible arrays have the wrong size here, and
// with them the numbers of their ioctls. These have C's layout.
template <typename Entry, uint32_t Capacity>
struct KvmList {
  uint32_t count;
  uint32_t padding;
  Entry entries[Capacity];
};
constexpr unsigned long kSetMsrs = _IOC(_IOC_WRITE, KVMIO, 0x89, 8);
constexpr unsigned long kSetCpuid2 = _IOC(_IOC_WRITE, KVMIO, 0x90, 8);
constexpr unsigned long kGetSupportedCpuid = _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, 8);
constexpr unsigned long kGetXsave = _IOC(_IOC_READ, KVMIO, 0xa4, sizeof(ExtendedState));
constexpr unsigned long kSetXsave = _IOC(_IOC_WRITE, KVMIO, 0xa5, sizeof(ExtendedState));
constexpr uint32_t kMostCpuidEntries = 256;
constexpr uint32_t kMostMsrs = 16;

// Newer than Debian 12's headers: Linux include/uapi/linux/kvm.h.
struct MemoryRegion2 {
  uint32_t slot;
  uint32_t flags;
  uint64_t physical;
  uint64_t size;
  uint64_t host_address;
  uint64_t guest_memory_offset;
  uint32_t guest_memory;
  uint32_t padding1;
  uint64_t padding2[14];
};
static_assert(sizeof(MemoryRegion2) == 160);
struct CreateGuestMemory {
  uint64_t size;
  uint64_t flags;
  uint64_t reserved[6];
};
static_assert(sizeof(CreateGuestMemory) == 64);
constexpr unsigned long kSetMemoryRegion2 = _IOW(KVMIO, 0x49, MemoryRegion2);
constexpr unsigned long kCreateGuestMemory = _IOWR(KVMIO, 0xd4, CreateGuestMemory);
constexpr uint32_t kMemoryGuestMemfd = 1u << 2;
struct MemoryAttributes {
  uint64_t physical;
  uint64_t size;
  uint64_t attributes;
  uint64_t flags;
};
static_assert(sizeof(MemoryAttributes) == 32);
constexpr unsigned long kSetMemoryAttributes = _IOW(KVMIO, 0xd2, MemoryAttributes);
// What Linux's headers say these are: the sizes are part of the numbers.
static_assert(kSetMemoryRegion2 == 0x40a0ae49 && kCreateGuestMemory == 0xc040aed4 &&
              kSetMemoryAttributes == 0x4020aed2);

template <typename Argument>
Result<int> control(const FileDescriptor& file, unsigned long request, Argument argument,
                    std::string_view name) {
  int result;
  do result = ioctl(file.get(), request, argument);
  while (result < 0 && errno == EINTR);
  if (result < 0) return fail_errno(std::string(name), errno);
  return result;
}

}  // namespace

VirtualProcessor::VirtualProcessor(VirtualProcessor&& other) noexcept
    : file_(std::move(other.file_)), run_(std::exchange(other.run_, nullptr)), size_(other.size_) {}

VirtualProcessor& VirtualProcessor::operator=(VirtualProcessor&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(run_, other.run_);
  std::swap(size_, other.size_);
  return *this;
}

VirtualProcessor::~VirtualProcessor() {
  if (run_ != nullptr) munmap(run_, size_);
}

Result<VirtualProcessor> VirtualProcessor::create(int kvm, int machine, uint32_t id) {
  const int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (size < 0) return fail_errno("KVM_GET_VCPU_MMAP_SIZE", errno);
  FileDescriptor file(ioctl(machine, KVM_CREATE_VCPU, static_cast<unsigned long>(id)));
  if (!file.valid()) return fail_errno("KVM_CREATE_VCPU", errno);
  void* run = mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (run == MAP_FAILED) return fail_errno("cannot map a virtual processor", errno);
  return VirtualProcessor(std::move(file), static_cast<kvm_run*>(run), static_cast<size_t>(size));
}

Result<void> VirtualProcessor::set_cpuid(std::span<const kvm_cpuid_entry2> entries) {
  KvmList<kvm_cpuid_entry2, kMostCpuidEntries> list{};
  if (entries.size() > kMostCpuidEntries) return fail(ErrorCode::kInternal, "too many CPUID entries");
  list.count = static_cast<uint32_t>(entries.size());
  std::memcpy(list.entries, entries.data(), entries.size_bytes());
  TRY(control(file_, kSetCpuid2, &list, "KVM_SET_CPUID2"));
  return {};
}

Result<void> VirtualProcessor::set_msrs(std::span<const kvm_msr_entry> entries) {
  KvmList<kvm_msr_entry, kMostMsrs> list{};
  if (entries.size() > kMostMsrs) return fail(ErrorCode::kInternal, "too many MSRs");
  list.count = static_cast<uint32_t>(entries.size());
  std::memcpy(list.entries, entries.data(), entries.size_bytes());
  const int set = TRY(control(file_, kSetMsrs, &list, "KVM_SET_MSRS"));
  if (static_cast<size_t>(set) != entries.size())
    return fail(ErrorCode::kUnsupported, "KVM_SET_MSRS: an MSR is refused");
  return {};
}

Result<void> VirtualProcessor::set_xcr0(uint64_t value) {
  kvm_xcrs xcrs{};
  xcrs.nr_xcrs = 1;
  xcrs.xcrs[0].value = value;
  TRY(control(file_, KVM_SET_XCRS, &xcrs, "KVM_SET_XCRS"));
  return {};
}

Result<void> VirtualProcessor::share_timestamp() {
  const uint64_t offset = 0;
  const kvm_device_attr attribute{0, KVM_VCPU_TSC_CTRL, KVM_VCPU_TSC_OFFSET,
                                  reinterpret_cast<uint64_t>(&offset)};
  if (ioctl(file_.get(), KVM_SET_DEVICE_ATTR, &attribute) == 0) return {};
  // Before Linux 5.16: some microseconds late.
  constexpr uint32_t kMsrTimestamp = 0x10;
  const kvm_msr_entry now[] = {{kMsrTimestamp, 0, __rdtsc()}};
  return set_msrs(now);
}

Result<kvm_sregs> VirtualProcessor::special_registers() {
  kvm_sregs registers{};
  TRY(control(file_, KVM_GET_SREGS, &registers, "KVM_GET_SREGS"));
  return registers;
}

Result<void> VirtualProcessor::set_special_registers(const kvm_sregs& registers) {
  TRY(control(file_, KVM_SET_SREGS, &registers, "KVM_SET_SREGS"));
  return {};
}

Result<kvm_regs> VirtualProcessor::registers() {
  kvm_regs registers{};
  TRY(control(file_, KVM_GET_REGS, &registers, "KVM_GET_REGS"));
  return registers;
}

Result<void> VirtualProcessor::set_registers(const kvm_regs& registers) {
  TRY(control(file_, KVM_SET_REGS, &registers, "KVM_SET_REGS"));
  return {};
}

Result<ExtendedState> VirtualProcessor::extended_state() {
  ExtendedState state;
  static_assert(sizeof(state) == offsetof(kvm_xsave, region) + sizeof(kvm_xsave::region));
  TRY(control(file_, kGetXsave, state.data(), "KVM_GET_XSAVE"));
  return state;
}

Result<void> VirtualProcessor::set_extended_state(const ExtendedState& state) {
  TRY(control(file_, kSetXsave, state.data(), "KVM_SET_XSAVE"));
  return {};
}

Result<void> VirtualProcessor::inject_nmi() {
  TRY(control(file_, KVM_NMI, 0, "KVM_NMI"));
  return {};
}

Result<bool> VirtualProcessor::run() {
  if (ioctl(file_.get(), KVM_RUN, 0) == 0) return true;
  if (errno == EINTR || errno == EAGAIN) return false;
  // The one exit that KVM_RUN reports as an error (api.rst, KVM_EXIT_MEMORY_FAULT).
  if ((errno == EFAULT || errno == EHWPOISON) && run_->exit_reason == kKvmExitMemoryFault) return true;
  // Without that exit: the monitor's own mapping of what the guest accessed does not permit it.
  if (errno == EFAULT)
    return fail(ErrorCode::kInternal,
                "the virtual machine accessed an address that is no memory, or none for writing");
  return fail_errno("KVM_RUN", errno);
}

namespace {

Result<FileDescriptor> open_kvm() {
  FileDescriptor kvm(open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm.valid()) {
    const int error_number = errno;
    const char* remedy = error_number == EACCES
                             ? "; add this user to the group kvm"
                             : "; this machine offers no virtualisation: use --tee process";
    auto error = fail_errno("cannot open /dev/kvm", error_number);
    error.value().message += remedy;
    return error;
  }
  return kvm;
}

}  // namespace

Result<VirtualMachine> VirtualMachine::create(bool wants_private_memory) {
  FileDescriptor kvm = TRY(open_kvm());
  const bool is_private = wants_private_memory && ask_for_private_memory(kvm.get()).complete();
  const unsigned long type = is_private ? kKvmSoftwareProtectedVm : 0;
  FileDescriptor machine(TRY(control(kvm, KVM_CREATE_VM, type, "KVM_CREATE_VM")));
  return VirtualMachine(std::move(kvm), std::move(machine), is_private);
}

Result<std::vector<kvm_cpuid_entry2>> supported_cpuid() {
  const FileDescriptor kvm = TRY(open_kvm());
  KvmList<kvm_cpuid_entry2, kMostCpuidEntries> list{};
  list.count = kMostCpuidEntries;
  TRY(control(kvm, kGetSupportedCpuid, &list, "KVM_GET_SUPPORTED_CPUID"));
  return std::vector<kvm_cpuid_entry2>(list.entries, list.entries + list.count);
}

bool keeps_page_tables() {
  static const bool keeps = [] {
    const auto kvm = open_kvm();
    return kvm && !ask_for_private_memory(kvm->get()).complete() &&
           ioctl(kvm->get(), KVM_CHECK_EXTENSION, kKvmCapPreFaultMemory) <= 0;
  }();
  return keeps;
}

int VirtualMachine::capability(long number) {
  return std::max(0, ioctl(machine_.get(), KVM_CHECK_EXTENSION, number));
}

Result<void> VirtualMachine::add_memory(uint32_t slot, uint64_t physical, std::span<uint8_t> host,
                                        bool read_only) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.flags = read_only ? KVM_MEM_READONLY : 0u;
  region.guest_phys_addr = physical;
  region.memory_size = host.size();
  region.userspace_addr = reinterpret_cast<uint64_t>(host.data());
  TRY(control(machine_, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION"));
  return {};
}

Result<void> VirtualMachine::remove_memory(uint32_t slot) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  TRY(control(machine_, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION"));
  return {};
}

Result<FileDescriptor> VirtualMachine::create_guest_memory(uint64_t size) {
  constexpr unsigned kWanted = kGuestMemfdFlagMmap | kGuestMemfdFlagInitShared;
  if (!private_memory_ && (static_cast<unsigned>(capability(kKvmCapGuestMemfdFlags)) & kWanted) != kWanted)
    return fail(ErrorCode::kUnsupported,
                "this machine's KVM has no guest_memfd that can be loaded through a mapping (Linux 6.18)");
  CreateGuestMemory request{};
  request.size = size;
  request.flags = private_memory_ ? 0 : kWanted;
  return FileDescriptor(TRY(control(machine_, kCreateGuestMemory, &request, "KVM_CREATE_GUEST_MEMFD")));
}

Result<void> VirtualMachine::add_guest_memory(uint32_t slot, uint64_t physical, int guest_memory,
                                              uint64_t offset, std::span<uint8_t> addresses) {
  MemoryRegion2 region{};
  region.slot = slot;
  region.flags = kMemoryGuestMemfd;
  region.physical = physical;
  region.size = addresses.size();
  region.host_address = reinterpret_cast<uint64_t>(addresses.data());
  region.guest_memory_offset = offset;
  region.guest_memory = static_cast<uint32_t>(guest_memory);
  TRY(control(machine_, kSetMemoryRegion2, &region, "KVM_SET_USER_MEMORY_REGION2"));
  return {};
}

Result<void> VirtualMachine::make_private(uint64_t physical, uint64_t size) {
  MemoryAttributes attributes{physical, size, kKvmMemoryAttributePrivate, 0};
  TRY(control(machine_, kSetMemoryAttributes, &attributes, "KVM_SET_MEMORY_ATTRIBUTES"));
  return {};
}

Result<VirtualProcessor> VirtualMachine::create_processor(uint32_t id) {
  return VirtualProcessor::create(kvm_.get(), machine_.get(), id);
}

}  // namespace strongroom::tee::vm
