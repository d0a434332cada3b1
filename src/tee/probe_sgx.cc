#include "tee/probe_sgx.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tee/cpuid_leaf.h"

// Defined by the emulator's library where it is preloaded, and nowhere else.
extern "C" __attribute__((weak)) const char strongroom_sgx_emulator[];

namespace strongroom::tee {
namespace {

constexpr unsigned kSgxLeaf = 0x12;

// Raw system calls, which no preloaded library answers.
int errno_of_opening(const char* path) {
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (file < 0) return errno;
  syscall(SYS_close, file);
  return 0;
}
bool exists(const char* path) {
  return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

FirmwareSgx read_firmware() {
  constexpr off_t kFeatureControl = 0x3a;
  const int file = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
  if (file < 0) return FirmwareSgx::kUnknown;
  uint64_t value = 0;
  const bool known = pread(file, &value, sizeof value, kFeatureControl) == sizeof value;
  close(file);
  if (!known) return FirmwareSgx::kUnknown;
  if (!bit_of(value, 0)) return FirmwareSgx::kUnlocked;
  if (!bit_of(value, 18)) return FirmwareSgx::kDisabled;
  return bit_of(value, 17) ? FirmwareSgx::kEnabled : FirmwareSgx::kWithoutLaunchControl;
}

// Distributions keep the configuration beside the kernel. Where they do not, nothing is known against it.
bool is_configured(const std::string& release) {
  std::ifstream file("/boot/config-" + release);
  if (!file) return true;
  for (std::string line; std::getline(file, line);)
    if (line == "CONFIG_X86_SGX=y") return true;
  return false;
}

bool has_library(const char* name) {
  for (const char* directory : {"/usr/lib/x86_64-linux-gnu/", "/usr/lib64/", "/usr/lib/", "/usr/local/lib/"})
    if (exists((std::string(directory) + name).c_str())) return true;
  return false;
}

bool is_on_command_line(std::string_view word) {
  std::ifstream file("/proc/cmdline");
  for (std::string one; file >> one;)
    if (one == word) return true;
  return false;
}

// That owns a device; empty where nobody knows.
std::string group_of(const char* path) {
  struct statx status {};
  if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_GID, &status) != 0) return "";
  const group* const found = getgrgid(status.stx_gid);
  return found == nullptr ? "" : found->gr_name;
}

int errno_of_connecting(const char* path) {
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const bool reached = connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = reached ? 0 : errno;
  close(file);
  return error;
}

// Intel SDM volume 2A, CPUID: subleaf 2 of 12H is the first section of protected memory, where there is one.
void read_processor(SgxFacts& out) {
  out.intel = cpuid(0).b == signature_INTEL_ebx;
  out.in_virtual_machine = bit_of(cpuid(1).c, 31);
  const CpuidLeaf features = cpuid(7);
  out.processor = bit_of(features.b, 2);
  out.launch_control = bit_of(features.c, 30);
  if (!out.processor) return;
  const CpuidLeaf sgx = cpuid(kSgxLeaf), attributes = cpuid(kSgxLeaf, 1), first_section = cpuid(kSgxLeaf, 2);
  out.sgx2 = bit_of(sgx.a, 1);
  out.exinfo = bit_of(sgx.b, 0);
  out.aex_notify = bit_of(sgx.a, 11) && bit_of(attributes.a, 10);
  out.protected_memory = (first_section.a & 0xf) == 1;
}

// To whom a user is added who may not open a device.
std::string owners(const std::string& name) {
  return name.empty() || name == "root"
             ? "a group that owns it (udev's rules of Intel's packages make `sgx` and `sgx_prv`)"
             : fmt::format("the group `{}`, which owns it", name);
}

}  // namespace

SgxFacts probe_sgx(const KernelVersion& kernel) {
  SgxFacts out;
  out.emulated = strongroom_sgx_emulator != nullptr;
  read_processor(out);
  out.firmware = read_firmware();
  out.kernel = kernel;
  out.kernel_configured = is_configured(kernel.release);
  out.enclave_device = errno_of_opening("/dev/sgx_enclave");
  out.provision_device = errno_of_opening("/dev/sgx_provision");
  out.kernel_told_not_to = is_on_command_line("nosgx");
  out.enclave_group = group_of("/dev/sgx_enclave");
  out.provision_group = group_of("/dev/sgx_provision");
  out.quote_library = has_library("libsgx_dcap_ql.so.1");
  out.quote_provider = has_library("libdcap_quoteprov.so.1") || has_library("libdcap_quoteprov.so");
  out.quoting_enclaves = has_library("libsgx_qe3.signed.so.1") || has_library("libsgx_qe3.signed.so");
  out.aesm = errno_of_connecting("/var/run/aesmd/aesm.socket");
  return out;
}

Feature explain_sgx(const SgxFacts& facts) {
  if (facts.emulated)
    return {false, "libsgxemu.so stands in for the processor, and protects nothing",
            "run without LD_PRELOAD"};
  if (!facts.intel) return {false, "the processor is not Intel's", ""};
  if (!facts.processor) {
    if (facts.firmware == FirmwareSgx::kDisabled || facts.firmware == FirmwareSgx::kUnlocked)
      return {false, "the firmware has not enabled SGX (MSR 3AH)",
              "enable SGX, not \"software controlled\", in the firmware's settings"};
    if (facts.in_virtual_machine)
      return {false, "this virtual machine is given no SGX",
              "ask who runs it to pass SGX on, with flexible launch control (QEMU: -cpu host,+sgxlc and "
              "sgx-epc)"};
    return {false, "the processor, or its firmware's setting, offers no SGX",
            "if this processor has SGX, enable it in the firmware's settings"};
  }
  if (!facts.launch_control || facts.firmware == FirmwareSgx::kWithoutLaunchControl)
    return {false, "SGX without flexible launch control, which Linux needs",
            "enable flexible launch control (\"unlocked\") in the firmware's settings"};
  if (!facts.protected_memory)
    return {false, "the firmware reserves no protected memory (EPC) for SGX",
            facts.in_virtual_machine ? "ask who runs this virtual machine to give it some"
                                     : "set the size of PRMRR in the firmware's settings"};
  if (!facts.kernel.at_least(5, 11)) return {false, "Linux has no SGX before 5.11", "use Linux 6.0 or newer"};
  if (!facts.kernel_configured)
    return {false, "this kernel is built without SGX", "use one with CONFIG_X86_SGX=y"};
  if (facts.kernel_told_not_to)
    return {false, "this kernel was started with `nosgx`", "remove `nosgx` from its command line"};
  if (facts.enclave_device == ENOENT || facts.enclave_device == ENXIO || facts.enclave_device == ENODEV)
    return {false, "there is no /dev/sgx_enclave although processor and kernel should have it",
            "look into the kernel's log for `sgx`; in a container, pass the device in"};
  if (facts.enclave_device != 0)
    return {false, fmt::format("/dev/sgx_enclave: {}", std::strerror(facts.enclave_device)),
            fmt::format("add this user to {}, and check that /dev is not mounted noexec",
                        owners(facts.enclave_group))};
  // What runs here is not every image.
  constexpr const char* kFixed = "images with `edmm = false` in [sgx] run, others are refused";
  if (!facts.sgx2 || !facts.exinfo)
    return {
        true,
        fmt::format("SGX1 only: {}, and programs cannot handle page faults; without microcode against load "
                    "value injection, build the kernel with STRONGROOM_LVI_FENCES",
                    kFixed),
        "use a processor with SGX2 (Ice Lake servers and later)"};
  if (!facts.kernel.at_least(6, 0))
    return {true, fmt::format("SGX2, but Linux cannot change enclaves that run before 6.0: {}", kFixed),
            "use Linux 6.0 or newer"};
  return {true,
          !facts.aex_notify ? "SGX2, /dev/sgx_enclave; no AEX-Notify: images with `aex_notify` are refused"
          : !facts.kernel.at_least(6, 2)
              ? "SGX2, /dev/sgx_enclave; AEX-Notify, but not in Linux before 6.2: images "
                "with `aex_notify` are refused"
              : "SGX2, /dev/sgx_enclave, AEX-Notify",
          ""};
}

Feature explain_sgx_quotes(const SgxFacts& facts) {
  if (const Feature sgx = explain_sgx(facts); !sgx.present) return {false, "enclaves cannot run in SGX", ""};
  if (!facts.quote_library)
    return {false, "Intel's quote library is missing", "install libsgx-dcap-ql (libsgx_dcap_ql.so.1)"};
  if (!facts.quote_provider)
    return {false, "there is no provider of the platform's certificates",
            "install libsgx-dcap-default-qpl (libdcap_quoteprov), and name the caching service (PCCS) in "
            "/etc/sgx_default_qcnl.conf"};
  const bool by_aesm = facts.aesm == 0;
  if (facts.provision_device != 0 && !by_aesm)
    return {false,
            fmt::format("/dev/sgx_provision: {}; and AESM, which could do it: {}",
                        std::strerror(facts.provision_device), std::strerror(facts.aesm)),
            fmt::format("add this user to {}, or start aesmd", owners(facts.provision_group))};
  if (!facts.quoting_enclaves && !by_aesm)
    return {false, "the quoting enclave is missing, and no AESM runs that has one",
            "install libsgx-ae-qe3, libsgx-ae-id-enclave and libsgx-ae-pce, or start aesmd"};
  return {true, by_aesm ? "libsgx_dcap_ql, AESM" : "libsgx_dcap_ql, /dev/sgx_provision", ""};
}

}  // namespace strongroom::tee
