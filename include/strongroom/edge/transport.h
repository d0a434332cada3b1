// CallTransport: how a call gets to the other side. The generated code stands above it, the run-time of each
// TEE below.
#pragma once

#include <cstdint>
#include <span>

#include "strongroom/edge/memory.h"
#include "strongroom/result.h"

namespace strongroom::edge {

// What is fixed about one function at its caller.
struct CallInfo {
  const char* name;                        // "hello.add", for messages
  uint32_t number;                         // its place among the ecalls or ocalls of the interface
  bool propagate_errno;                    // errno of the callee becomes errno of the caller
  bool switchless;                         // transition_using_threads: a worker on the other side may take it
  uint64_t digest;                         // of the interface: both sides must come from one EDL file
  std::span<const uint32_t> allowed = {};  // of an ocall: the ecalls that may be made while it runs
};

// Shared memory that is lent to one call, at a multiple of 8.
struct Loan {
  uint8_t* data = nullptr;  // nullptr: nothing is lent
  uint32_t size = 0;
  uint32_t place = 0;  // the transport's own note of where it comes from
  [[nodiscard]] std::span<uint8_t> memory() const { return {data, size}; }
};

// Carries requests to the other side. The memory that it lends is seen, and may be changed, by both sides at
// any time; its address and size are this side's own knowledge. Used by many threads at once.
class CallTransport {
 public:
  virtual ~CallTransport() = default;

  // Lends shared memory of at least `size` bytes to one call of this function. Calls nest: the memory of an
  // outer call stays lent, but what stands in it may change, for each side copies a request before it acts on
  // it. No loan: failure() says why.
  virtual Loan acquire(const CallInfo& info, size_t size) = 0;
  virtual void release(Loan loan) noexcept = 0;
  // Runs the call whose request is the first `request_size` bytes of what was lent to it, and which names
  // `named` bytes of nameable() besides; returns when its response stands at the start. False where the other
  // side cannot be reached or has ended: failure() says why.
  virtual bool call(const CallInfo& info, Loan loan, size_t request_size, size_t named) = 0;
  // Why the last acquire() or call() of the calling thread failed. It is asked for apart, because every call
  // would pay for a Result of it: once after each failure.
  virtual Error failure() = 0;
  // Shared memory that requests of this side may name instead of carrying what stands there.
  [[nodiscard]] virtual std::span<const uint8_t> nameable() const { return {}; }
  // The same for requests of the other side.
  [[nodiscard]] virtual std::span<const uint8_t> nameable_by_other() const { return {}; }
};

// The start of each request and response, in native byte order, then the parameters in the order of the EDL
// file.
struct RequestHeader {
  uint64_t digest;
  uint32_t number;
  uint32_t reserved;  // 0
};
struct ResponseHeader {
  uint32_t status;        // 0: success; otherwise 1 + ErrorCode, and a message follows instead of results
  uint32_t error_number;  // errno, with propagate_errno
  uint32_t message_size;
  uint32_t reserved;  // 0
};
static_assert(sizeof(RequestHeader) == 16 && sizeof(ResponseHeader) == 16);

// The same as words of shared memory.
inline WordPair words_of(const RequestHeader& header) {
  return {header.digest, uint64_t{header.reserved} << 32 | header.number};
}
inline WordPair words_of(const ResponseHeader& header) {
  return {uint64_t{header.error_number} << 32 | header.status,
          uint64_t{header.reserved} << 32 | header.message_size};
}
inline RequestHeader request_header(WordPair words) {
  return {words.first, static_cast<uint32_t>(words.second), static_cast<uint32_t>(words.second >> 32)};
}
inline ResponseHeader response_header(WordPair words) {
  return {static_cast<uint32_t>(words.first), static_cast<uint32_t>(words.first >> 32),
          static_cast<uint32_t>(words.second), static_cast<uint32_t>(words.second >> 32)};
}

// The longest message of a failed call, in bytes; room for it is part of every exchange.
inline constexpr size_t kMessageLimit = 240;

// The part [offset, offset+size) of a shared region, with numbers that the other side named: fails with
// kMalformed where it is not wholly inside.
Result<std::span<uint8_t>> part_of(std::span<uint8_t> region, uint64_t offset, uint64_t size);

}  // namespace strongroom::edge
