// Copies between the enclave and memory of its host.
//
// Everything outside is read and written in whole words of eight bytes at addresses that are multiples of
// eight. A host of an SGX enclave can put a page of a device where the enclave expects memory, and where one
// is read or written in other units, some processors hand out stale data of their buffers, the enclave's own
// among them: reads of the xAPIC's page (CVE-2022-21233, INTEL-SA-00657), partial writes to devices
// (CVE-2022-21166, INTEL-SA-00615; Intel's guidance "Stale Data Read from Legacy xAPIC" and "Processor MMIO
// Stale Data"). So a copy to the host is filled up with zeros to a whole word, and the host's side of a copy
// is aligned.
#pragma once

#include "kernel/host_interface.h"
#include "kernel/result.h"

namespace strongroom::kernel {

// Each word is read once; what was copied does not change afterwards.
void copy_from_host(void* to, const void* host, size_t size);
void copy_to_host(void* host, const void* from, size_t size);
void clear_host(void* host, size_t size);

// Memory of the program, as user_memory.h says; EFAULT may leave part of it copied.
Result<void> copy_host_to_user(uint64_t to, const void* host, size_t size);
Result<void> copy_user_to_host(void* host, uint64_t from, size_t size);

// Sets Exchange::call.
void put_call(Exchange& exchange, HostCall call);

}  // namespace strongroom::kernel
