// Between KVM's registers and gdb's.
#pragma once

#include "tee/vm/debug/register_file.h"
#include "tee/vm/kvm.h"

namespace strongroom::tee::vm::debug {

// `general`: what the thread has, which while it stands in ring 0's stub is not what the processor has.
Result<RegisterFile> registers_of(VirtualProcessor& processor, const kvm_regs& general);

// Changes `general`, and in the processor all that is not general.
Result<void> change_registers(VirtualProcessor& processor, kvm_regs& general, const RegisterFile& wanted);

}  // namespace strongroom::tee::vm::debug
