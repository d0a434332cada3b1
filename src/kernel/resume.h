// The assembly of entry.S that C++ code calls.
#pragma once

#include <cstddef>

#include "kernel/trap_frame.h"

extern "C" {
// Back to the program with every register of the frame.
[[noreturn]] void strongroom_resume(strongroom::kernel::TrapFrame* frame);

// Accesses to the program's memory that survive a fault. Each returns how much is left undone; a fault at its
// *_instruction goes on at the fixup.
size_t strongroom_user_copy(void* to, const void* from, size_t size);
size_t strongroom_user_zero(void* to, size_t size);
size_t strongroom_user_exchange(void* word, unsigned* expected, unsigned desired);
extern const char strongroom_user_copy_instruction[];
extern const char strongroom_user_zero_instruction[];
extern const char strongroom_user_exchange_instruction[];
extern const char strongroom_user_access_fixup[];
// vm: a two-byte instruction that does its work by faulting.
extern const char strongroom_vm_flush_instruction[];
}
