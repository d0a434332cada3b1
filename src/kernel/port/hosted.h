// What the ports have in common whose host parks threads, tells the time and answers CPUID: `vm` and `sgx`.
// The functions are those of port.h.
#pragma once

#include "kernel/port/host_facts.h"
#include "kernel/port/port.h"

namespace strongroom::kernel::port::hosted {

bool park(Thread& thread, int64_t timeout_ns);
void unpark(Thread& thread);
void yield(Thread& thread);
bool start(Thread& thread);
int64_t clock(bool realtime);
int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns);

// What the table answers; zeros for what it does not hold. It may change meanwhile.
processor::Cpuid find_cpuid(const CpuidTable& table, uint32_t leaf, uint32_t subleaf);

}  // namespace strongroom::kernel::port::hosted
