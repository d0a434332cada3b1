// Why a virtual processor left the guest, for people.
#pragma once

#include <string>

#include "tee/vm/kvm.h"

namespace strongroom::tee::vm {

// What describe_exit() says of KVM_EXIT_MEMORY_FAULT. Pure.
std::string describe_memory_fault(const kvm_run& run);

// After VirtualProcessor::run(), of an exit that is no host call.
std::string describe_exit(VirtualProcessor& processor);

}  // namespace strongroom::tee::vm
