// ENCLS: the instructions by which an operating system builds and changes enclaves. Intel SDM volume 3D,
// chapter "SGX Instruction References", pseudocode of each leaf.
//
// Operands that are EPC addresses for the processor are the pages themselves here, and structures in memory
// are values; so the checks of alignment that remain are those of addresses that are kept. A page fault says
// that an operand's EPCM entry is not as it must be, and carries no address. Nothing locks: the caller runs
// one leaf at a time on an enclave, so SGX_EPC_PAGE_CONFLICT and #GP for conflicts do not occur.
// A leaf that does not succeed changes nothing.
#pragma once

#include "core/epc.h"
#include "core/fault.h"
#include "core/processor.h"

namespace strongroom::sgx {

Outcome ecreate(const Processor& processor, EpcPage& page, const arch::Secs& source,
                const arch::Secinfo& secinfo);

// `source`: 4096 bytes.
Outcome eadd(EpcPage& page, uint64_t address, EpcPage& secs, const arch::Secinfo& secinfo, ByteView source);

// `offset` in the page: a multiple of 256.
Outcome eextend(EpcPage& secs, EpcPage& page, uint64_t offset);

// No EINITTOKEN: `launch_key_hash` (IA32_SGXLEPUBKEYHASH) must be the signer's identity, as Linux sets it.
// That a token could be there instead belongs to processors without flexible launch control.
Outcome einit(const arch::Sigstruct& sigstruct, EpcPage& secs, const arch::SignerIdentity& launch_key_hash);

Outcome eremove(EpcPage& page);
Outcome eaug(EpcPage& page, uint64_t address, EpcPage& secs);
Outcome emodpr(EpcPage& page, const arch::Secinfo& secinfo);
Outcome emodt(EpcPage& page, const arch::Secinfo& secinfo);
Outcome etrack(EpcPage& secs);

// A debugger's access to 8 bytes at `offset` in the page.
Outcome edbgrd(const EpcPage& page, uint64_t offset, uint64_t& value);
Outcome edbgwr(EpcPage& page, uint64_t offset, uint64_t value);

}  // namespace strongroom::sgx
