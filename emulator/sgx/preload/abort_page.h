// What code outside reads where an enclave is mapped: ones, as from the processor's abort page (Intel SDM
// volume 3D, "Access-control Requirements"), if STRONGROOM_SGX_EMULATOR_ABORT_PAGE=1 is in the environment.
// An enclave's pages then stand in its range only while a thread is inside; what another thread reads at that
// time is theirs. Not by default, because every way in and out changes the mappings.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/epc.h"

namespace strongroom::sgx {

// False: the environment says something else than 0 or 1, or there is no memory for it.
bool choose_abort_page();
bool has_abort_page();

// Maps ones over [start, start + size), to be read where `readable`.
void map_ones(uint64_t start, uint64_t size, bool readable);

// The calling thread has come from inside one enclave to inside another; null: outside. Needs the lock.
void note_transition(const EpcPage* from, const EpcPage* to);

}  // namespace strongroom::sgx
