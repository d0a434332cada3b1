// The port for the TEE "sgx"; the functions are those of port.h. Entry and exit stand in sgx_entry.S, and are
// described in sgx_layout.h.
#pragma once

#include "kernel/port/hosted.h"
#include "kernel/port/port.h"
#include "kernel/port/sgx_memory.h"

namespace strongroom::kernel::port::sgx {

// Whether the image is for a processor with SGX2, which changes memory while enclaves run, reports their page
// faults and lets RDTSC through. Of SGX1, for which the others are, the port asks none of these.
bool changes_memory();
// Has the thread of this slot, and those that get the slot after it, told of interruptions: sgx_notice.h. For
// images with arch::kImageAexNotify.
void ask_for_notices(uint32_t slot);
void enter_thread(Thread& thread);
void transfer(Thread& thread);
using hosted::park;
using hosted::unpark;
using hosted::yield;
SpinPolicy spin_policy();
bool start(Thread& thread);
[[noreturn]] void end_thread(Thread& thread, std::atomic<uint32_t>& slot_state);
using hosted::call_wait;
uint64_t call_wait_function();
int64_t clock(bool realtime);
uint64_t report(const arch::TargetInfo& target, const uint8_t (&data)[64], arch::Report& out);
uint64_t key(const arch::KeyRequest& request, uint8_t (&out)[arch::kKeySize]);
processor::Cpuid cpuid(uint32_t leaf, uint32_t subleaf);

}  // namespace strongroom::kernel::port::sgx
