// The callee's half of a call.
#pragma once

#include <exception>
#include <tuple>

#include "strongroom/edge/text.h"
#include "strongroom/edge/transport.h"

namespace strongroom::edge {

struct Entry;

// One call on its way through the callee. `request` has passed the header.
struct ServerCall {
  const Entry& entry;
  void* context;  // the object that implements the functions, where there is one
  Reader request;
  std::span<uint8_t> memory;  // shared; the request stands at its start, and then the response
  Arena& arena;

  // Answers with an error in place of results.
  void fail(ErrorCode code, const char* message);
  // Starts the answer, and ends it; the caller of a propagate_errno function gets `error_number`.
  [[nodiscard]] Writer start_response() const {
    Writer writer(memory);
    writer.block(sizeof(ResponseHeader));
    return writer;
  }
  void finish_response(const Writer& writer, int error_number);
};

// One function of the callee, as the generated table lists it.
struct Entry {
  const char* name;
  void (*serve)(ServerCall& call);
  bool is_public;  // of an ecall: it may be the first call into the enclave
  bool propagate_errno;
};

inline void ServerCall::finish_response(const Writer& writer, int error_number) {
  if (!writer.ok()) return fail(ErrorCode::kInvalidArgument, writer.problem());
  const ResponseHeader header{
      .status = 0, .error_number = static_cast<uint32_t>(error_number), .message_size = 0, .reserved = 0};
  write_shared(memory.data(), &header, sizeof header);
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

// Serves the request in the first `request_size` bytes of `memory`; whatever happens, the answer stands in
// `memory`. The request is not believed in anything; `memory` itself must have been checked by the run-time
// (see part_of). The arguments of the call, and those of the calls nested in it, must find room in `arena`.
void serve_ocall(const Interface& interface, void* context, std::span<uint8_t> memory, size_t request_size,
                 Arena& arena);
// The same in an enclave, which also holds to the rules of entry: a private function, and any function while
// an ocall is under way on this thread, only where that ocall allows it. `host` is the way out for ocalls of
// this thread.
void serve_ecall(const Interface& interface, Inside& inside, CallTransport& host, std::span<uint8_t> memory,
                 size_t request_size, Arena& arena);

// For a run-time that cannot let a call through: leaves an error as its answer.
void refuse_call(std::span<uint8_t> memory, ErrorCode code, const char* message);

template <typename R, typename... Kinds>
struct Server {
  template <typename Rule, typename Function>
  static void serve(ServerCall& call, const Function& function) {
    std::tuple<typename Kinds::Callee...> parameters;
    std::apply([&call](auto&... parameter) { (parameter.read(call.request, call.arena), ...); }, parameters);
    if (!call.request.ok()) return call.fail(ErrorCode::kMalformed, call.request.problem());
    if (call.request.remaining() != 0)
      return call.fail(ErrorCode::kMalformed, "the message is longer than its parameters");
    std::apply([&](auto&... parameter) { answer<Rule>(call, function, parameter...); }, parameters);
  }

 private:
  template <typename Rule, typename Function, typename... Callee>
  static void answer(ServerCall& call, const Function& function, Callee&... parameters) {
    if (const char* broken = Rule::broken(parameters.get()...); broken != nullptr)
      return call.fail(ErrorCode::kInvalidArgument, broken);
    try {
      if (call.entry.propagate_errno) errno = 0;
      if constexpr (std::is_void_v<R>) {
        function(parameters.get()...);
        const int error_number = call.entry.propagate_errno ? errno : 0;
        Writer response = call.start_response();
        (parameters.write_response(response), ...);
        call.finish_response(response, error_number);
      } else {
        const R result = function(parameters.get()...);
        const int error_number = call.entry.propagate_errno ? errno : 0;
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
