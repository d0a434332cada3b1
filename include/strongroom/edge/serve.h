// The callee's half of a call.
#pragma once

#include <exception>
#include <tuple>

#include "strongroom/edge/text.h"
#include "strongroom/edge/transport.h"

namespace strongroom::edge {

// One call on its way through the callee. Its run-time fills in the first half.
struct ServerCall {
  // Shared; the request is its first `request_size` bytes, and the response is to stand at its start. The
  // request is not believed in anything; `memory` itself must have been checked (see part_of).
  std::span<uint8_t> memory;
  size_t request_size;
  // The arguments of the call, and those of the calls nested in it, must find room here.
  Arena& arena;
  CallTransport* host = nullptr;  // of an ecall: the way out for ocalls of this thread

  void* context = nullptr;  // the object that implements the functions, where there is one

  // For the functions of an Entry, which are called once the header has been looked at: the request is one,
  // and so there is room for the answer's header, too.

  // The parameters, behind the header. `may_name`: some may stand elsewhere.
  [[nodiscard]] Reader parameters(bool may_name) const {
    static_assert(sizeof(RequestHeader) % Reader::kPayloadAlignment == 0);
    return Reader(memory.first(request_size).subspan(sizeof(RequestHeader)),
                  may_name && host != nullptr ? host->nameable_by_other() : std::span<const uint8_t>());
  }
  // Answers with an error in place of results.
  [[gnu::cold]] void fail(ErrorCode code, const char* message) const;
  // Starts the answer, and ends it; the caller of a propagate_errno function gets `error_number`.
  [[nodiscard]] Writer start_response() const {
    static_assert(sizeof(ResponseHeader) == sizeof(RequestHeader));
    return Writer(memory.subspan(sizeof(ResponseHeader)));
  }
  void finish_response(const Writer& writer, int error_number) const;
};

// One function of the callee, as the generated table lists it.
struct Entry {
  const char* name;
  void (*serve)(ServerCall& call);
  bool is_public;  // of an ecall: it may be the first call into the enclave
};

inline void ServerCall::finish_response(const Writer& writer, int error_number) const {
  if (!writer.ok()) return fail(ErrorCode::kInvalidArgument, writer.problem());
  const ResponseHeader header{
      .status = 0, .error_number = static_cast<uint32_t>(error_number), .message_size = 0, .reserved = 0};
  write_pair(memory.data(), words_of(header));
}

// All functions that one side offers the other.
struct Interface {
  const char* name;
  uint64_t digest;
  std::span<const Entry> entries;
};

// Where one thread of an enclave stands in the chain of calls.
struct Inside {
  CallTransport* host = nullptr;                       // the way out, while an ecall runs
  const std::span<const uint32_t>* allowed = nullptr;  // of the innermost ocall that is under way
};

// Serves the call; whatever happens, the answer stands in its memory.
void serve_ocall(ServerCall& call, const Interface& interface, void* context);
// The same in an enclave, which also holds to the rules of entry: a private function, and any function while
// an ocall is under way on this thread, only where that ocall allows it.
void serve_ecall(ServerCall& call, const Interface& interface, Inside& inside);

// For a run-time that cannot let a call through: leaves an error as its answer.
[[gnu::cold]] void refuse_call(std::span<uint8_t> memory, ErrorCode code, const char* message);

template <typename R, typename... Kinds>
struct Server {
  template <typename Rule, bool kPropagatesErrno, typename Function>
  [[gnu::always_inline]] static inline void serve(ServerCall& call, const Function& function) {
    serve_with<Rule, kPropagatesErrno>(call, function, std::index_sequence_for<Kinds...>());
  }

 private:
  template <typename Rule, bool kPropagatesErrno, typename Function, size_t... kIndex>
  [[gnu::always_inline]] static inline void serve_with(ServerCall& call, const Function& function,
                                                       std::index_sequence<kIndex...> /*unused*/) {
    [[maybe_unused]] std::tuple<typename Kinds::Callee...> parameters;
    Reader request = call.parameters((kMayName<Kinds> || ...));
    (std::get<kIndex>(parameters).read(request, call.arena), ...);
    if (!request.ok()) return call.fail(ErrorCode::kMalformed, request.problem());
    if (request.remaining() != 0)
      return call.fail(ErrorCode::kMalformed, "the message is longer than its parameters");
    answer<Rule, kPropagatesErrno>(call, function, std::get<kIndex>(parameters)...);
  }

  template <typename Rule, bool kPropagatesErrno, typename Function, typename... Callee>
  [[gnu::always_inline]] static inline void answer(ServerCall& call, const Function& function,
                                                   Callee&... parameters) {
    if (const char* broken = Rule::broken(parameters.get()...); broken != nullptr)
      return call.fail(ErrorCode::kInvalidArgument, broken);
    try {
      if (kPropagatesErrno) errno = 0;
      if constexpr (std::is_void_v<R>) {
        function(parameters.get()...);
        const int error_number = kPropagatesErrno ? errno : 0;
        Writer response = call.start_response();
        (parameters.write_response(response), ...);
        call.finish_response(response, error_number);
      } else {
        const R result = function(parameters.get()...);
        const int error_number = kPropagatesErrno ? errno : 0;
        Writer response = call.start_response();
        write_objects(response, &result, 1U);
        (parameters.write_response(response), ...);
        call.finish_response(response, error_number);
      }
    } catch (const std::exception& exception) {
      call.fail(ErrorCode::kCallFailed, exception.what());
    } catch (...) {
      call.fail(ErrorCode::kCallFailed, "an exception that is not a std::exception left the function");
    }
  }
};

}  // namespace strongroom::edge
