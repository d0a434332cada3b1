#include "tee/probe_sgx.h"

#include <cpuid.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

// Defined by the emulator's library where it is preloaded, and nowhere else.
extern "C" __attribute__((weak)) const char strongroom_sgx_emulator[];

namespace strongroom::tee {
namespace {

constexpr unsigned kSgxLeaf = 0x12;

bool bit(uint64_t value, unsigned number) {
  return (value >> number & 1) != 0;
}

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
  if (!bit(value, 0)) return FirmwareSgx::kUnlocked;
  if (!bit(value, 18)) return FirmwareSgx::kDisabled;
  return bit(value, 17) ? FirmwareSgx::kEnabled : FirmwareSgx::kWithoutLaunchControl;
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

}  // namespace

SgxFacts probe_sgx(const KernelVersion& kernel) {
  SgxFacts out;
  out.emulated = strongroom_sgx_emulator != nullptr;
  unsigned a = 0, b = 0, c = 0, d = 0;
  __get_cpuid(0, &a, &b, &c, &d);
  out.intel = b == signature_INTEL_ebx;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
    out.processor = bit(b, 2);
    out.launch_control = bit(c, 30);
  }
  if (out.processor && __get_cpuid_count(kSgxLeaf, 0, &a, &b, &c, &d) != 0) {
    out.sgx2 = bit(a, 1);
    out.exinfo = bit(b, 0);
  }
  out.firmware = read_firmware();
  out.kernel = kernel;
  out.kernel_configured = is_configured(kernel.release);
  out.enclave_device = errno_of_opening("/dev/sgx_enclave");
  out.provision_device = errno_of_opening("/dev/sgx_provision");
  out.quote_library = has_library("libsgx_dcap_ql.so.1");
  out.aesm = exists("/var/run/aesmd/aesm.socket");
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
    return {false, "the processor, or its firmware's setting, offers no SGX",
            "if this processor has SGX, enable it in the firmware's settings; in a virtual machine, ask who "
            "runs it"};
  }
  if (!facts.launch_control || facts.firmware == FirmwareSgx::kWithoutLaunchControl)
    return {false, "SGX without flexible launch control, which Linux needs",
            "enable flexible launch control (\"unlocked\") in the firmware's settings"};
  if (!facts.sgx2) return {false, "SGX1 only", "use a processor with SGX2 (Ice Lake servers and later)"};
  if (!facts.exinfo) return {false, "the processor does not report page faults of enclaves (EXINFO)", ""};
  if (!facts.kernel.at_least(6, 0))
    return {false, "Linux cannot change enclaves that run before 6.0", "use Linux 6.0 or newer"};
  if (!facts.kernel_configured)
    return {false, "this kernel is built without SGX", "use one with CONFIG_X86_SGX=y"};
  if (facts.enclave_device == ENOENT || facts.enclave_device == ENXIO || facts.enclave_device == ENODEV)
    return {false, "there is no /dev/sgx_enclave although processor and kernel should have it",
            "look into the kernel's log for `sgx`; in a container, pass the device in"};
  if (facts.enclave_device != 0)
    return {
        false, fmt::format("/dev/sgx_enclave: {}", std::strerror(facts.enclave_device)),
        "add this user to the group that owns it (often `sgx`), and check that /dev is not mounted noexec"};
  return {true, "SGX2, /dev/sgx_enclave", ""};
}

Feature explain_sgx_quotes(const SgxFacts& facts) {
  if (const Feature sgx = explain_sgx(facts); !sgx.present) return {false, "enclaves cannot run in SGX", ""};
  if (!facts.quote_library)
    return {false, "Intel's quote library is missing", "install libsgx-dcap-ql (libsgx_dcap_ql.so.1)"};
  if (facts.provision_device != 0 && !facts.aesm)
    return {false,
            fmt::format("/dev/sgx_provision: {}; and no AESM runs that could do it",
                        std::strerror(facts.provision_device)),
            "add this user to the group `sgx_prv`, or start aesmd"};
  return {true, facts.aesm ? "libsgx_dcap_ql, AESM" : "libsgx_dcap_ql, /dev/sgx_provision", ""};
}

}  // namespace strongroom::tee
