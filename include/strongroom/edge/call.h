// The caller's half of a call.
#pragma once

#include <algorithm>
#include <cerrno>
#include <variant>

#include "strongroom/edge/text.h"
#include "strongroom/edge/transport.h"

namespace strongroom::edge {

// Shared memory that goes back when the call is over.
class Lease {
 public:
  Lease(CallTransport& transport, std::span<uint8_t> memory)
      : size_(memory.size()), transport_(transport), data_(memory.data()) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { transport_.release(memory()); }
  [[nodiscard]] std::span<uint8_t> memory() const { return {data_, size_}; }

 private:
  // Not side by side, as in a span: a compiler would copy both at once, where the transport has just written
  // them one by one, and the processor would wait until that has reached its cache.
  const size_t size_;
  CallTransport& transport_;
  uint8_t* const data_;
};

// What the transport lends, or why it does not lend `size` bytes.
tl::unexpected<Error> not_lent(const CallInfo& info, const Error& error);
tl::unexpected<Error> lent_too_little(const CallInfo& info);

void write_header(Writer& writer, const CallInfo& info);
// Takes the header of a response and with it the callee's errno; where the call failed, its error.
Result<void> read_header(Reader& reader, const CallInfo& info, int& error_number);
// The error of a call whose request cannot be made, or whose response cannot be what it must be.
tl::unexpected<Error> bad_request(const CallInfo& info, const char* problem);
tl::unexpected<Error> bad_response(const CallInfo& info, const char* problem);

// No condition between the sizes of the parameters.
struct NoRule {
  template <typename... Arguments>
  static const char* broken(const Arguments&... /*arguments*/) {
    return nullptr;
  }
};

template <typename R, typename... Kinds>
struct Caller {
  template <typename Rule>
  static Result<R> call(CallTransport& transport, const CallInfo& info,
                        typename Kinds::Argument... arguments) {
    State state;
    auto result = attempt<Rule>(transport, info, state, arguments...);
    if (!result) (Kinds::clear(arguments, state.touched), ...);
    if (result && info.propagate_errno) errno = state.error_number;
    return result;
  }

 private:
  struct State {
    bool touched = false;  // results may have been written
    int error_number = 0;
  };
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

  template <typename Rule>
  static Result<R> attempt(CallTransport& transport, const CallInfo& info, State& state,
                           typename Kinds::Argument... arguments) {
    if (const char* broken = Rule::broken(arguments...); broken != nullptr) return bad_request(info, broken);
    Value value{};
    const size_t size = TRY(message_size(transport, info, value, arguments...));
    const auto lent = transport.acquire(info, size);
    if (!lent) return not_lent(info, lent.error());
    const Lease lease(transport, *lent);
    if (lent->size() < size) return lent_too_little(info);
    Writer request(lease.memory(), transport.nameable());
    write_header(request, info);
    (Kinds::write_request(request, arguments), ...);
    if (!request.ok()) return bad_request(info, request.problem());
    TRY_IN(info.name, transport.call(info, lease.memory(), request.position(), request.named()));

    Reader response(lease.memory());
    TRY(read_header(response, info, state.error_number));
    state.touched = true;
    read_results(response, value, arguments...);
    if (!response.ok()) return bad_response(info, response.problem());
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return value;
    }
  }

  // What the larger of request and response takes.
  static Result<size_t> message_size(const CallTransport& transport, const CallInfo& info, Value& value,
                                     typename Kinds::Argument... arguments) {
    Writer request = Writer::for_size(transport.nameable());
    request.block(sizeof(RequestHeader));
    (Kinds::write_request(request, arguments), ...);
    Reader response;
    response.copy(nullptr, sizeof(ResponseHeader));
    read_results(response, value, arguments...);
    if (!request.ok()) return bad_request(info, request.problem());
    if (!response.ok()) return bad_request(info, response.problem());
    return std::max({request.position(), response.position(), sizeof(ResponseHeader) + kMessageLimit});
  }

  static void read_results(Reader& response, Value& value, typename Kinds::Argument... arguments) {
    if constexpr (!std::is_void_v<R>) read_back(response, &value, 1U);
    (Kinds::read_response(response, arguments), ...);
  }
};

}  // namespace strongroom::edge
