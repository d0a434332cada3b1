// What the facts about a machine mean for each TEE. The sentences are those of docs/threat-model.md.
#include "tee/platform.h"

namespace strongroom::tee {
namespace {

// Collects what is missing; a feature that prevents use makes the TEE unusable.
class Assessment {
 public:
  explicit Assessment(TeeKind kind) {
    report_.kind = kind;
    report_.usable = true;
  }

  void needs(const char* name, const Feature& feature) {
    if (feature.present) return;
    report_.usable = false;
    report_.shortcomings.push_back(
        {name, "this TEE cannot run here (" + feature.detail + ")", feature.remedy, true});
  }
  // False when the feature is missing.
  bool wants(const char* name, const Feature& feature, std::string consequence) {
    if (!feature.present)
      report_.shortcomings.push_back(
          {name, consequence + " (" + feature.detail + ")", feature.remedy, false});
    return feature.present;
  }
  void protects(std::string text) { report_.protects_against.push_back(std::move(text)); }
  void does_not_protect(std::string text) { report_.does_not_protect_against.push_back(std::move(text)); }
  TeeReport take() { return std::move(report_); }

 private:
  TeeReport report_;
};

TeeReport assess_process(const Platform& platform) {
  const auto& [processor, kernel, kvm] = platform;
  Assessment assessment(TeeKind::kProcess);
  assessment.needs("rdrand", processor.rdrand);
  assessment.needs("fsgsbase", processor.fsgsbase);
  assessment.needs("syscall_user_dispatch", kernel.syscall_user_dispatch);
  assessment.needs("seccomp", kernel.seccomp);

  const bool secret = assessment.wants("memfd_secret", kernel.memfd_secret,
                                       "root can read the enclave's memory through the kernel's interfaces");
  assessment.wants("ptrace", kernel.ptrace, "root can attach a debugger to the enclave");
  assessment.wants("user_namespaces", kernel.user_namespaces, "the keeper runs under the user who starts it");
  assessment.wants("landlock", kernel.landlock, "the keeper could open files, were it taken over");

  assessment.protects("every other user and process of this machine");
  if (secret) {
    assessment.protects(
        "root reading through the kernel's interfaces (/proc/PID/mem, process_vm_readv, ptrace, core dumps)");
    assessment.protects("root that takes over the keeper or the enclave's tracer once the enclave runs");
    // Until then the keeper makes the enclave what it is.
    assessment.does_not_protect(
        "root that takes over the keeper before the launch, for instance by writing into its memory");
    if (!assessment.wants("lockdown", kernel.lockdown,
                          "root can trace the kernel, and so see registers and stacks"))
      assessment.does_not_protect("root that traces the kernel by perf events, BPF programs or kprobes");
  } else {
    assessment.does_not_protect("root");
  }
  assessment.does_not_protect("root that loads kernel code");
  assessment.does_not_protect("the kernel and the processor, which are trusted");
  return assessment.take();
}

TeeReport assess_vm(const Platform& platform) {
  const auto& [processor, kernel, kvm] = platform;
  Assessment assessment(TeeKind::kVm);
  assessment.needs("kvm", kvm.device);
  assessment.needs("rdrand", processor.rdrand);
  assessment.needs("seccomp", kernel.seccomp);

  // The backend takes it wherever it is offered, but for debug enclaves.
  const bool is_private = kvm.device.present && kvm.private_memory.present;
  bool unmapped = is_private;
  if (kvm.device.present && !is_private) {
    unmapped = kvm.user_memory2.present && kvm.guest_memfd.present;
    const char* const mapped = "guest memory is mapped in the monitor, where root can read it";
    if (!kvm.user_memory2.present)
      assessment.wants("kvm_user_memory2", kvm.user_memory2, mapped);
    else
      assessment.wants("kvm_guest_memfd", kvm.guest_memfd, mapped);
  }
  assessment.wants("landlock", kernel.landlock, "the monitor could open files, were it taken over");
  assessment.wants("user_namespaces", kernel.user_namespaces,
                   "the monitor runs under the user who starts it");

  assessment.protects("the application that uses the enclave, all other processes and users");
  assessment.protects(
      "where a keeper on the host serves a tenant's virtual machine: that tenant's operating system and its "
      "administrators");
  if (unmapped)
    assessment.protects(
        "/proc/PID/mem, process_vm_readv, ptrace and core dumps: guest memory is mapped nowhere");
  if (is_private) {
    assessment.protects(
        "root of this machine that takes the monitor's guest_memfd descriptor: guest memory is private, and "
        "can be neither mapped nor read by it");
    assessment.does_not_protect(
        "root of this machine that takes over the monitor or its virtual processors: by tracing it, by "
        "writing into its memory, or through the page that KVM shares with it for each processor");
    assessment.does_not_protect(
        "root of this machine that discards pages of guest memory, which then read as zeros");
  } else if (unmapped) {
    assessment.does_not_protect(
        "root of this machine that takes the monitor's guest_memfd descriptor, or takes over the monitor by "
        "writing into its memory");
  } else {
    assessment.does_not_protect(
        "root of this machine, who administers the hypervisor and can read guest memory");
  }
  assessment.does_not_protect("root of this machine that loads kernel code");
  assessment.does_not_protect("the hypervisor and the processor, which are trusted");
  return assessment.take();
}

TeeReport assess_sgx(const Platform& platform) {
  Assessment assessment(TeeKind::kSgx);
  assessment.needs("sgx", platform.processor.sgx);
  assessment.wants("sgx_quotes", platform.processor.sgx_quotes,
                   "enclaves here cannot prove to others what they are");
  assessment.protects("everything but the processor");
  assessment.does_not_protect("the processor, which is trusted");
  return assessment.take();
}

}  // namespace

TeeReport assess(TeeKind kind, const Platform& platform) {
  switch (kind) {
    case TeeKind::kProcess:
      return assess_process(platform);
    case TeeKind::kVm:
      return assess_vm(platform);
    case TeeKind::kSgx:
      return assess_sgx(platform);
  }
  return {};
}

}  // namespace strongroom::tee
