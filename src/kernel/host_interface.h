// The whole interface between an enclave and its host: the exchange, and the calls that go through it.
//
// Each enclave thread shares one Exchange with its host; nothing else is shared but the call
// area, which the kernel only waits on (kernel/call_area.h). The kernel fills `call`,
// `arguments` and the payload, and hands over; the host answers in `result` and the payload. An Exchange
// holds values, lengths and offsets into its own payload, never an address. The kernel sets `result` to
// -ENOSYS before each call, so a host that does nothing has refused. It copies what comes back once, then
// validates it, and believes no length, no errno and no time. Both sides clear the payload after use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace strongroom::kernel {

inline constexpr uint64_t kExchangeSize = 65536;
inline constexpr uint64_t kExchangePayload = kExchangeSize - 128;

// At most 25. Arguments stand in the order given; results are >= 0, or a negated errno.
enum class HostCall : uint32_t {
  kNone = 0,
  kConsoleWrite = 1,  // (stream 1|2, length): payload -> stream; result: bytes taken, 0 < result <= length
  kConsoleRead = 2,   // (stream 0, capacity): stream -> payload; result: bytes given, 0 at the end
  kConsolePoll = 3,   // (stream mask, timeout in ns or -1): result: mask of streams that would not block
  kExit = 4,          // (status 0..255): the program ended; does not return
  // (AbortCause, address, access address or kNoAccessAddress, length, the signal that Linux would end the
  // program by, or 0): payload holds the message; does not return
  kAbort = 5,
  kTrace = 6,  // (length): payload holds one line for `--trace`
  kThreadStart =
      7,  // (slot): prepare the host's side of thread `slot` and, where the host starts threads, start it
  kThreadExit = 8,  // (): this thread ended; does not return
  kPark = 9,     // (timeout in ns or -1): sleep until unparked; one earlier unpark is remembered; 0 yields.
                 // Result 0, or -ETIMEDOUT
  kUnpark = 10,  // (slot)
  kStart = 11,  // (): the kernel is up. Payload: a StartBlock. Result 0; or -EAGAIN, once: the program is not
                // wanted yet, touch what it will need and call again
  kFlush = 12,  // (): all processors of the enclave drop cached address translations (vm)
  // (PageChange, offset, size, permissions): changes pages of the enclave, which checks what can be checked
  // (sgx), or gives it memory that it has not used yet (vm). Result 0
  kChangePages = 13,
  // (wake, wait, expected, timeout in ns or -1), offsets in the call area or kNoCallWord: wake one sleeper of
  // the application on the word at `wake`, then sleep while the word at `wait` is `expected` (vm).
  // The word behind each is arch::OwnCall::kCallWait's. Result 0,
  // -EAGAIN or -ETIMEDOUT
  kCallWait = 14,
  kAskKeeper = 15,  // (length): payload -> keeper, its answer -> payload; result: length of the answer, at
                    // most arch::kMaximumKeeperMessage. Both are encrypted between program and keeper
};

inline constexpr uint64_t kNoAccessAddress = ~uint64_t{0};
inline constexpr uint64_t kNoCallWord = ~uint64_t{0};

// The first argument of kChangePages.
enum class PageChange : uint64_t {
  // sgx:
  kRestrict = 1,  // EMODPR to the given permissions
  kTrim = 2,      // EMODT to PT_TRIM
  kRemove = 3,    // gives trimmed and accepted pages back
  kProtect = 4,   // mprotect() of program or arena: the host's page tables alone
  // vm:
  kProvide = 5,  // there is to be memory behind these pages (vm_layout.h)
};

// Why an enclave ended by itself; the first argument of kAbort.
enum class AbortCause : uint32_t {
  kUnknown = 0,
  kInvalidAccess = 1,  // read, write or execute of an address that is not mapped so
  kStackOverflow = 2,  // an access in the guard below a stack
  kInvalidInstruction = 3,
  kArithmetic = 4,  // division error, floating-point exception
  kBreakpoint = 5,
  kProgramAbort = 6,    // abort(), or another fatal signal raised by the program
  kKernelDefect = 7,    // an assertion of the kernel, or a fault in it
  kHostMisbehaved = 8,  // the host broke the protocol in a way that cannot be answered by an error
  kOutOfMemory = 9,     // no memory for the program to start
  kNoEntropy = 10,      // RDRAND and RDSEED fail their health check
};

// Who may touch an Exchange. A futex word where host and enclave are processes; unused in a virtual machine.
enum class ExchangeState : uint32_t { kIdle = 0, kCalled = 1, kAnswered = 2 };

struct Exchange {
  std::atomic<uint32_t> state;  // ExchangeState
  uint32_t call;                // HostCall
  uint64_t arguments[6];
  int64_t result;
  uint8_t reserved[64];
  uint8_t payload[kExchangePayload];
};
static_assert(sizeof(Exchange) == kExchangeSize);
static_assert(offsetof(Exchange, payload) == 128);

// Before the first entry the host puts the size of the call area, in pages, into arguments[0] of thread 0's
// exchange: it lies behind the last exchange. 0: there is none.

// What the host answers to kStart in the payload. Untrusted: the kernel uses arguments and environment only
// where the image allows it. After the header come `argument_count` and then `environment_count` strings,
// each ended by NUL, `string_bytes` in all.
struct StartBlock {
  uint32_t flags;  // StartFlags
  uint32_t argument_count;
  uint32_t environment_count;
  uint32_t string_bytes;
  uint32_t processors;  // how many processors run the enclave's threads: a hint
  uint32_t reserved;
};
static_assert(sizeof(StartBlock) == 24);

enum StartFlags : uint32_t { kStartTrace = 1u << 0 };

}  // namespace strongroom::kernel
