// The caller's half of a call.
#pragma once

#include <algorithm>
#include <cerrno>
#include <memory>

#include "strongroom/edge/text.h"
#include "strongroom/edge/transport.h"

namespace strongroom::edge {

// Gives a loan back when the call is over.
class Lease {
 public:
  Lease(CallTransport& transport, Loan loan) : transport_(transport), loan_(loan) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  // Inlined also where it is rare: out of line, it would need the loan in memory.
  [[gnu::always_inline]] ~Lease() { transport_.release(loan_); }

 private:
  CallTransport& transport_;
  const Loan loan_;
};

// Why the transport lends nothing, or cannot make the call; that it lends too little.
[[gnu::cold]] tl::unexpected<Error> not_made(const CallInfo& info, CallTransport& transport);
[[gnu::cold]] tl::unexpected<Error> lent_too_little(const CallInfo& info);

// The error that a response reports, whose header has been copied already, or the one that the header is.
[[gnu::cold]] tl::unexpected<Error> failed_call(const CallInfo& info, WordPair header,
                                                std::span<const uint8_t> response);
// The error of a call whose request cannot be made, or whose response cannot be what it must be.
[[gnu::cold]] tl::unexpected<Error> bad_request(const CallInfo& info, const char* problem);
[[gnu::cold]] tl::unexpected<Error> bad_response(const CallInfo& info, const char* problem);

// Of a ResponseHeader. Success: its status is 0, and its errno one.
inline constexpr uint32_t kErrorNumberLimit = 4095;
inline uint32_t error_number_of(WordPair header) {
  return static_cast<uint32_t>(header.first >> 32);
}
inline bool succeeded(WordPair header) {
  static_assert((kErrorNumberLimit & (kErrorNumberLimit + 1)) == 0);
  return (header.first & ~(uint64_t{kErrorNumberLimit} << 32)) == 0;
}

// No condition between the sizes of the parameters.
struct NoRule {
  template <typename... Arguments>
  static const char* broken(const Arguments&... /*arguments*/) {
    return nullptr;
  }
};

// Inlined into the generated function: what is fixed about it costs nothing at run time.
template <typename R, typename... Kinds>
struct Caller {
  template <typename Rule>
  [[gnu::always_inline]] static inline Result<R> call(CallTransport& transport, const CallInfo& info,
                                                      typename Kinds::Argument... arguments) {
    Result<R> result;
    State state;
    if (attempt<Rule>(result, transport, info, state, arguments...)) [[likely]] {
      if (info.propagate_errno) errno = state.error_number;
    } else {
      (Kinds::clear(arguments, state.touched), ...);
    }
    return result;
  }

 private:
  struct State {
    bool touched = false;  // results may have been written
    int error_number = 0;
  };

  // False: `result` says why not.
  template <typename Rule>
  [[gnu::always_inline]] static inline bool attempt(Result<R>& result, CallTransport& transport,
                                                    const CallInfo& info, State& state,
                                                    typename Kinds::Argument... arguments) {
    if (const char* broken = Rule::broken(arguments...); broken != nullptr)
      return unsent(result, info, broken);
    const std::span<const uint8_t> nameable = may_name() ? transport.nameable() : std::span<const uint8_t>();
    size_t size = 0;
    if (const char* problem = message_size(nameable, size, result, arguments...); problem != nullptr)
      return unsent(result, info, problem);
    const Loan loan = transport.acquire(info, size);
    if (loan.data == nullptr) return not_called(result, info, transport);
    const Lease lease(transport, loan);
    if (loan.size < size) return short_of_memory(result, info);
    const std::span<uint8_t> memory(std::assume_aligned<sizeof(uint64_t)>(loan.data), loan.size);
    Writer request(memory, nameable);
    const RequestHeader header{.digest = info.digest, .number = info.number, .reserved = 0};
    request.bytes(&header, sizeof header);
    (Kinds::write_request(request, arguments), ...);
    if (!request.ok()) return unsent(result, info, request.problem());
    if (!transport.call(info, loan, request.position(), request.named()))
      return not_called(result, info, transport);

    Reader response(memory);
    response.skip(sizeof(ResponseHeader));
    const WordPair answer = read_pair(memory.data());
    if (!succeeded(answer)) return failed(result, info, answer.first, answer.second, memory);
    state.error_number = static_cast<int>(error_number_of(answer));
    state.touched = true;
    read_results(response, result, arguments...);
    if (!response.ok()) return unreadable(result, info, response.problem());
    return true;
  }

  // The failures, out of the way of what succeeds. No error is returned by value: a function that receives
  // one guards its stack, as long as it succeeds, too.
  [[gnu::cold, gnu::noinline]] static bool not_called(Result<R>& result, const CallInfo& info,
                                                      CallTransport& transport) {
    result = not_made(info, transport);
    return false;
  }
  [[gnu::cold, gnu::noinline]] static bool short_of_memory(Result<R>& result, const CallInfo& info) {
    result = lent_too_little(info);
    return false;
  }
  [[gnu::cold, gnu::noinline]] static bool unsent(Result<R>& result, const CallInfo& info,
                                                  const char* problem) {
    result = bad_request(info, problem);
    return false;
  }
  [[gnu::cold, gnu::noinline]] static bool unreadable(Result<R>& result, const CallInfo& info,
                                                      const char* problem) {
    result = bad_response(info, problem);
    return false;
  }
  [[gnu::cold, gnu::noinline]] static bool failed(Result<R>& result, const CallInfo& info, uint64_t first,
                                                  uint64_t second, std::span<const uint8_t> response) {
    result = failed_call(info, {first, second}, response);
    return false;
  }

  static constexpr bool may_name() { return (kMayName<Kinds> || ...); }

  // What the larger of request and response takes. Answers what is wrong with the arguments, or nullptr.
  static const char* message_size(std::span<const uint8_t> nameable, size_t& size, Result<R>& result,
                                  typename Kinds::Argument... arguments) {
    Writer request = Writer::for_size(nameable);
    request.block(sizeof(RequestHeader));
    (Kinds::write_request(request, arguments), ...);
    Reader response;
    response.copy(nullptr, sizeof(ResponseHeader));
    read_results(response, result, arguments...);
    size = std::max({request.position(), response.position(), sizeof(ResponseHeader) + kMessageLimit});
    return request.ok() ? response.problem() : request.problem();
  }

  static void read_results(Reader& response, Result<R>& result, typename Kinds::Argument... arguments) {
    if constexpr (!std::is_void_v<R>) read_back(response, &*result, 1U);
    (Kinds::read_response(response, arguments), ...);
  }
};

}  // namespace strongroom::edge
