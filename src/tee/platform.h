// What this machine offers for isolation, probed once and told plainly: facts (Platform) and what follows
// from them for each TEE (TeeReport).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strongroom::tee {

// Something that the machine, its kernel or its settings have or lack.
struct Feature {
  bool present = false;
  std::string detail;  // what was found, or why it is missing
  std::string remedy;  // how to get it; empty when it is present or nothing helps
};

struct Processor {
  std::string vendor;
  std::string model;
  bool virtualised = false;              // runs under a hypervisor
  bool hardware_virtualisation = false;  // VMX or SVM is offered to this system
  Feature rdrand;                        // instruction there, and its output passes a health check
  Feature fsgsbase;                      // WRFSBASE usable in user mode
  Feature sgx;                           // processor, kernel driver and device
  Feature sgx_quotes;                    // what makes quotes of SGX enclaves
  Feature sev_snp;
  Feature tdx;
};

struct KernelVersion {
  int major = 0;
  int minor = 0;
  std::string release;  // as uname tells it

  [[nodiscard]] bool at_least(int want_major, int want_minor) const {
    return major > want_major || (major == want_major && minor >= want_minor);
  }
};

struct Kernel {
  KernelVersion version;
  Feature memfd_secret;
  Feature syscall_user_dispatch;
  Feature seccomp;
  Feature landlock;
  int landlock_abi = 0;
  Feature user_namespaces;
  Feature lockdown;  // in the mode confidentiality: root cannot trace the kernel, nor load code into it
  Feature ptrace;    // whether processes may trace each other, as an enclave and its guardian do
};

struct Kvm {
  Feature device;         // /dev/kvm can be opened, and a virtual machine made
  bool software = false;  // works without VMX or SVM: a software hypervisor
  Feature user_memory2;   // memory slots that name a guest_memfd
  Feature guest_memfd;
  unsigned guest_memfd_flags = 0;  // of kvm_constants.h
  Feature private_memory;  // guest memory that no process can map or read; `vm` uses it where it is there
};

struct Platform {
  Processor processor;
  Kernel kernel;
  Kvm kvm;
};

// Whether the kernel lets nobody trace it or load code into it: lockdown=confidentiality. Where not, what
// root, and other users, may do instead.
Feature probe_lockdown();

// Asks the processor, the kernel and /dev/kvm. Takes some milliseconds; starts and ends a child process;
// changes nothing. Thread safe.
Platform probe_platform();

enum class TeeKind { kProcess, kVm, kSgx };
inline constexpr TeeKind kTeeKinds[] = {TeeKind::kProcess, TeeKind::kVm, TeeKind::kSgx};
// "process", "vm", "sgx".
std::string_view to_string(TeeKind kind);

// A feature that a TEE wants and this machine lacks.
struct Shortcoming {
  std::string feature;      // as doctor lists it
  std::string consequence;  // what is not protected, or not possible
  std::string remedy;       // may be empty
  bool prevents_use = false;
};

struct TeeReport {
  TeeKind kind = TeeKind::kProcess;
  bool usable = false;
  std::vector<std::string> protects_against;  // here, with the shortcomings taken into account
  std::vector<std::string> does_not_protect_against;
  std::vector<Shortcoming> shortcomings;
};

// What follows for one TEE. Pure.
TeeReport assess(TeeKind kind, const Platform& platform);

// One line of a list of features, for doctor.
struct NamedFeature {
  std::string_view name;
  const Feature* feature;
};
// All features in the order in which doctor shows them; the pointers point into `platform`.
std::vector<NamedFeature> features(const Platform& platform);

}  // namespace strongroom::tee
