// The system calls that only Strongroom's kernel has, beside Linux's. Programs reach them through the library
// in src/enclave; outside an enclave Linux answers them with ENOSYS. Numbers and structures are part of the
// image's contract: a library and a kernel of different age meet here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::arch {

enum class OwnCall : uint64_t {
  // (CallAreaPlace* out): where the call area lies; its size is 0 where the enclave was launched without one.
  kCallArea = 0x53520000,
  // (wake, wait, expected, timeout): wakes one sleeper of the host on the word at `wake`, then sleeps while
  // the word at `wait` is `expected`, in one step. Either address may be 0. `timeout` in ns, negative: none.
  // Both words are in the call area. The word behind each says on which processor of the machine the thread
  // runs that woke a sleeper and goes on itself, plus 1: this call writes it for `wake`, and a thread that
  // awakes on `wait` and finds its own processor there moves to another, so that neither keeps the other from
  // running. 0 (also without reason), EAGAIN, ETIMEDOUT, EINVAL.
  kCallWait = 0x53520001,
  // (): the address of a function of the kernel, void (uint32_t* wake, uint32_t* wait, uint32_t expected),
  // that
  // the program calls as any other, and that does the same without a limit of time, in fewer steps. ENOSYS
  // where there is none.
  kCallWaitFunction = 0x53520002,
  // (uint8_t out[kLaunchSecretSize]): what the keeper shares with this launch of this enclave and with nobody
  // else. ENODEV where no keeper gave one.
  kLaunchSecret = 0x53520010,
  // (request, request size, response, response capacity): carries an opaque message to the keeper and its
  // answer back; the size of the answer. The host sees both. EMSGSIZE, EIO, ENOSYS.
  kAskKeeper = 0x53520011,
  // (const TargetInfo*, const uint8_t data[64], Report* out), (const KeyRequest*, uint8_t out[16]): EREPORT
  // and
  // EGETKEY where the processor itself does them (sgx). A LeafStatus (arch/leaf.h); ENODEV elsewhere: there
  // the
  // keeper does them.
  kReport = 0x53520020,
  kKey = 0x53520021,
};

// Memory that the enclave shares with its application. Everything in it is the host's word.
struct CallAreaPlace {
  uint64_t address;
  uint64_t size;
  uint32_t threads;     // that the image provides, main() included
  uint32_t processors;  // that the host says it gives
  // The enclave's own range, for checks of pointers.
  uint64_t enclave_address;
  uint64_t enclave_size;
  // 1: memory of the host may be a device's, and is to be accessed in whole aligned words of eight bytes.
  uint64_t in_words;
};
static_assert(sizeof(CallAreaPlace) == 48);

// A call area takes whole pages, and no more than so many bytes.
inline constexpr uint64_t kMaximumCallArea = uint64_t{256} << 20;

inline constexpr size_t kLaunchSecretSize = 32;
// The longest request to a keeper and the longest answer, in bytes.
inline constexpr size_t kMaximumKeeperMessage = 32768;

}  // namespace strongroom::arch
