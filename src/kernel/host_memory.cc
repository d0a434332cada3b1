#include "kernel/host_memory.h"

#include "kernel/port/port.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
// Copies between host and program go through the kernel's stack in such pieces.
constexpr size_t kPiece = 512;
static_assert(kPiece % kWord == 0 && kExchangePayload % kWord == 0 &&
              offsetof(Exchange, payload) % kWord == 0);

// What is volatile is neither split nor joined.
const volatile uint64_t* words(const void* host) {
  if (reinterpret_cast<uint64_t>(host) % kWord != 0) __builtin_trap();
  return static_cast<const volatile uint64_t*>(host);
}
volatile uint64_t* words(void* host) {
  return const_cast<volatile uint64_t*>(words(static_cast<const void*>(host)));
}

}  // namespace

void copy_from_host(void* to, const void* host, size_t size) {
  const volatile uint64_t* from = words(host);
  auto* out = static_cast<uint8_t*>(to);
  for (; size >= kWord; size -= kWord, out += kWord) {
    const uint64_t word = *from++;
    __builtin_memcpy(out, &word, kWord);
  }
  if (size == 0) return;
  const uint64_t last = *from;
  __builtin_memcpy(out, &last, size);
}

void copy_to_host(void* host, const void* from, size_t size) {
  volatile uint64_t* out = words(host);
  const auto* in = static_cast<const uint8_t*>(from);
  for (; size >= kWord; size -= kWord, in += kWord) {
    uint64_t word;
    __builtin_memcpy(&word, in, kWord);
    *out++ = word;
  }
  if (size == 0) return;
  uint64_t last = 0;
  __builtin_memcpy(&last, in, size);
  *out = last;
}

void clear_host(void* host, size_t size) {
  volatile uint64_t* out = words(host);
  for (size_t done = 0; done < size; done += kWord) *out++ = 0;
}

Result<void> copy_host_to_user(uint64_t to, const void* host, size_t size) {
  if (!is_user_range(to, size)) return Errno::kFault;
  alignas(kWord) uint8_t piece[kPiece];
  for (size_t done = 0; done < size; done += kPiece) {
    const size_t count = size - done < kPiece ? size - done : kPiece;
    copy_from_host(piece, static_cast<const uint8_t*>(host) + done, count);
    KTRY(copy_to_user(to + done, piece, count));
  }
  return {};
}

Result<void> copy_user_to_host(void* host, uint64_t from, size_t size) {
  if (!is_user_range(from, size)) return Errno::kFault;
  alignas(kWord) uint8_t piece[kPiece];
  for (size_t done = 0; done < size; done += kPiece) {
    const size_t count = size - done < kPiece ? size - done : kPiece;
    KTRY(copy_from_user(piece, from + done, count));
    copy_to_host(static_cast<uint8_t*>(host) + done, piece, count);
  }
  return {};
}

// In `process` the other half of the word is the host's, too, and no device is there.
void put_call(Exchange& exchange, HostCall call) {
  static_assert(offsetof(Exchange, state) == 0 && offsetof(Exchange, call) == 4);
  if (port::kind() == port::Kind::kProcess)
    exchange.call = static_cast<uint32_t>(call);
  else
    *words(&exchange) = static_cast<uint64_t>(call) << 32;
}

}  // namespace strongroom::kernel
