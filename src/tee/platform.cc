#include "tee/platform.h"

#include "tee/platform_probe.h"
#include "tee/probe_sgx.h"

namespace strongroom::tee {

Platform probe_platform() {
  Platform platform;
  platform.processor = probe_processor();
  platform.kernel = probe_kernel();
  const SgxFacts sgx = probe_sgx(platform.kernel.version);
  platform.processor.sgx = explain_sgx(sgx);
  platform.processor.sgx_quotes = explain_sgx_quotes(sgx);
  platform.kvm = probe_kvm(platform.processor);
  return platform;
}

std::string_view to_string(TeeKind kind) {
  switch (kind) {
    case TeeKind::kProcess:
      return "process";
    case TeeKind::kVm:
      return "vm";
    case TeeKind::kSgx:
      return "sgx";
  }
  return "unknown";
}

std::vector<NamedFeature> features(const Platform& platform) {
  const auto& [processor, kernel, kvm] = platform;
  return {
      {"rdrand", &processor.rdrand},
      {"fsgsbase", &processor.fsgsbase},
      {"memfd_secret", &kernel.memfd_secret},
      {"syscall_user_dispatch", &kernel.syscall_user_dispatch},
      {"seccomp", &kernel.seccomp},
      {"landlock", &kernel.landlock},
      {"user_namespaces", &kernel.user_namespaces},
      {"ptrace", &kernel.ptrace},
      {"lockdown", &kernel.lockdown},
      {"kvm", &kvm.device},
      {"kvm_user_memory2", &kvm.user_memory2},
      {"kvm_guest_memfd", &kvm.guest_memfd},
      {"kvm_private_memory", &kvm.private_memory},
      {"sgx", &processor.sgx},
      {"sgx_quotes", &processor.sgx_quotes},
      {"sev_snp", &processor.sev_snp},
      {"tdx", &processor.tdx},
  };
}

}  // namespace strongroom::tee
