#include "kernel/host_call.h"

#include "kernel/boot.h"
#include "kernel/host_memory.h"
#include "kernel/port/port.h"
#include "kernel/text.h"
#include "kernel/thread.h"

namespace strongroom::kernel {
namespace {
constexpr int64_t kMinusNoSystemCall = -38;
}  // namespace

int64_t host_call(HostCall call, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  Thread& thread = current_thread();
  Exchange& exchange = *thread.exchange;
  put_call(exchange, call);
  exchange.arguments[0] = a;
  exchange.arguments[1] = b;
  exchange.arguments[2] = c;
  exchange.arguments[3] = d;
  exchange.result = kMinusNoSystemCall;
  port::transfer(thread);
  return __atomic_load_n(&exchange.result, __ATOMIC_ACQUIRE);  // read once
}

void abort_enclave(AbortCause cause, std::string_view message, uint64_t address, uint64_t access_address,
                   int signal) {
  Exchange& exchange = *current_thread().exchange;
  const size_t size = message.size() < kExchangePayload ? message.size() : kExchangePayload;
  copy_to_host(exchange.payload, message.data(), size);
  if (address >= enclave_base() && address < enclave_end()) address -= enclave_base();
  // A host that answers has not ended us. It is told again: no further instruction of the program runs.
  while (true) {
    exchange.arguments[4] = static_cast<uint64_t>(signal);
    host_call(HostCall::kAbort, static_cast<uint64_t>(cause), address, access_address, size);
  }
}

void exit_enclave(int32_t status) {
  while (true) host_call(HostCall::kExit, static_cast<uint64_t>(status & 0xff));
}

void trace(std::string_view line) {
  if (!trace_requested()) return;
  Exchange& exchange = *current_thread().exchange;
  const size_t size = line.size() < kExchangePayload ? line.size() : kExchangePayload;
  copy_to_host(exchange.payload, line.data(), size);
  host_call(HostCall::kTrace, size);
  clear_host(exchange.payload, size);
}

}  // namespace strongroom::kernel
