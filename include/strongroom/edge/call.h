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

// Why the transport lends nothing, or too little; why it could not make the call.
tl::unexpected<Error> not_lent(const CallInfo& info, const Error& error);
tl::unexpected<Error> lent_too_little(const CallInfo& info);
tl::unexpected<Error> not_made(const CallInfo& info, const Error& error);

// The error that stands in the header of a response, or the reader's own where the header says nothing that
// can be.
tl::unexpected<Error> failed_call(Reader& reader, const CallInfo& info, const ResponseHeader& header);
// The error of a call whose request cannot be made, or whose response cannot be what it must be.
tl::unexpected<Error> bad_request(const CallInfo& info, const char* problem);
tl::unexpected<Error> bad_response(const CallInfo& info, const char* problem);

// The largest errno.
inline constexpr uint32_t kErrorNumberLimit = 4095;

// Whether requests with parameters of this kind may name what stands in shared memory already.
template <typename Kind>
inline constexpr bool kMayName = requires {
  requires Kind::kMayName;
};

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
    const std::span<const uint8_t> nameable = may_name() ? transport.nameable() : std::span<const uint8_t>();
    size_t size = 0;
    if (const char* problem = message_size(nameable, size, value, arguments...); problem != nullptr)
      return bad_request(info, problem);
    const auto lent = transport.acquire(info, size);
    if (!lent) return not_lent(info, lent.error());
    const Lease lease(transport, *lent);
    if (lent->size() < size) return lent_too_little(info);
    Writer request(lease.memory(), nameable);
    const RequestHeader header{.digest = info.digest, .number = info.number, .reserved = 0};
    request.bytes(&header, sizeof header);
    (Kinds::write_request(request, arguments), ...);
    if (!request.ok()) return bad_request(info, request.problem());
    if (const Result<void> done = transport.call(info, lease.memory(), request.position(), request.named());
        !done)
      return not_made(info, done.error());

    Reader response(lease.memory());
    ResponseHeader answer{};
    response.copy(&answer, sizeof answer);
    if (answer.status != 0 || answer.error_number > kErrorNumberLimit)
      return failed_call(response, info, answer);
    state.error_number = static_cast<int>(answer.error_number);
    state.touched = true;
    read_results(response, value, arguments...);
    if (!response.ok()) return bad_response(info, response.problem());
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return value;
    }
  }

  static constexpr bool may_name() { return (kMayName<Kinds> || ...); }

  // What the larger of request and response takes. Answers what is wrong with the arguments, or nullptr.
  static const char* message_size(std::span<const uint8_t> nameable, size_t& size, Value& value,
                                  typename Kinds::Argument... arguments) {
    Writer request = Writer::for_size(nameable);
    request.block(sizeof(RequestHeader));
    (Kinds::write_request(request, arguments), ...);
    Reader response;
    response.copy(nullptr, sizeof(ResponseHeader));
    read_results(response, value, arguments...);
    size = std::max({request.position(), response.position(), sizeof(ResponseHeader) + kMessageLimit});
    return request.ok() ? response.problem() : request.problem();
  }

  static void read_results(Reader& response, Value& value, typename Kinds::Argument... arguments) {
    if constexpr (!std::is_void_v<R>) read_back(response, &value, 1U);
    (Kinds::read_response(response, arguments), ...);
  }
};

}  // namespace strongroom::edge
