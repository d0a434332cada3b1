// What the halves of a call share and need not be compiled for each function.
#include <algorithm>
#include <cctype>

#include "strongroom/edge.h"

namespace strongroom::edge {

Result<std::span<uint8_t>> part_of(std::span<uint8_t> region, uint64_t offset, uint64_t size) {
  const Size end = Size(offset) + Size(size);
  if (!(end <= Size(region.size())))
    return fail(ErrorCode::kMalformed, "the other side named memory outside the exchange");
  return region.subspan(offset, size);
}

tl::unexpected<Error> lent_too_little(const CallInfo& info) {
  return fail(ErrorCode::kResourceExhausted,
              std::string(info.name) + ": the exchange is too small for the parameters of this call");
}

tl::unexpected<Error> not_made(const CallInfo& info, CallTransport& transport) {
  return tl::unexpected<Error>(transport.failure().in(info.name));
}

tl::unexpected<Error> bad_request(const CallInfo& info, const char* problem) {
  return fail(ErrorCode::kInvalidArgument, std::string(info.name) + ": " + problem);
}

tl::unexpected<Error> bad_response(const CallInfo& info, const char* problem) {
  return fail(ErrorCode::kMalformed, std::string(info.name) + ": the answer is malformed: " + problem);
}

namespace {

constexpr uint32_t kStatusLimit = 1 + static_cast<uint32_t>(ErrorCode::kCallFailed);

// The message of a failed call is text of the other side: short, and printable whatever it holds.
std::string read_message(Reader& reader, uint32_t size) {
  std::string message(std::min<size_t>({size, kMessageLimit, reader.remaining()}), '\0');
  reader.copy(message.data(), message.size());
  for (char& character : message) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = '?';
  }
  return message;
}

// Why there is no function for a request, whose header has been copied already.
[[gnu::cold, gnu::noinline]] void refuse_request(const ServerCall& call, const Interface& interface,
                                                 RequestHeader header) {
  if (header.digest != interface.digest)
    call.fail(ErrorCode::kInvalidArgument,
              "the two sides were built from different EDL files; build both again");
  else
    call.fail(ErrorCode::kMalformed, "there is no function of this number");
}

// Finds the function that the request asks for, and its number. False after a refusal.
inline bool find_entry(const ServerCall& call, const Interface& interface, const Entry*& entry,
                       uint32_t& number) {
  if (call.request_size < sizeof(RequestHeader) || call.request_size > call.memory.size()) [[unlikely]] {
    call.fail(ErrorCode::kMalformed, call.request_size < sizeof(RequestHeader)
                                         ? "the message is shorter than its header"
                                         : "the message is longer than its memory");
    return false;
  }
  const RequestHeader header = request_header(read_pair(call.memory.data()));
  number = header.number;
  if (header.digest != interface.digest || number >= interface.entries.size()) [[unlikely]] {
    refuse_request(call, interface, header);
    return false;
  }
  entry = &interface.entries[number];
  return true;
}

inline void run(const Entry& entry, ServerCall& call) {
  const size_t mark = call.arena.mark();
  entry.serve(call);
  call.arena.rewind(mark);
}

// An ecall that comes in while an ocall is under way on this thread.
[[gnu::noinline]] void serve_nested_ecall(const Entry& entry, ServerCall& call, Inside& inside,
                                          uint32_t number) {
  if (std::find(inside.allowed->begin(), inside.allowed->end(), number) == inside.allowed->end())
    return call.fail(ErrorCode::kPermissionDenied,
                     "the ocall under way does not allow this ecall; name it in allow(...)");
  const Inside outer = std::exchange(inside, Inside{.host = call.host, .allowed = nullptr});
  run(entry, call);
  inside = outer;
}

}  // namespace

void refuse_call(std::span<uint8_t> memory, ErrorCode code, const char* message) {
  if (memory.size() < sizeof(ResponseHeader)) return;  // the caller lied about its memory; it gets no answer
  const size_t size = std::min({std::strlen(message), kMessageLimit, memory.size() - sizeof(ResponseHeader)});
  const ResponseHeader header{.status = 1 + static_cast<uint32_t>(code),
                              .error_number = 0,
                              .message_size = static_cast<uint32_t>(size),
                              .reserved = 0};
  write_shared(memory.data(), &header, sizeof header);
  write_shared(memory.data() + sizeof header, message, size);
}

tl::unexpected<Error> failed_call(const CallInfo& info, WordPair words, std::span<const uint8_t> response) {
  const ResponseHeader header = response_header(words);
  if (header.status == 0) return bad_response(info, "its errno is no errno");
  if (header.status > kStatusLimit) return bad_response(info, "its status is unknown");
  Reader reader(response);
  reader.skip(sizeof header);
  return fail(static_cast<ErrorCode>(header.status - 1),
              std::string(info.name) + ": " + read_message(reader, header.message_size));
}

void ServerCall::fail(ErrorCode code, const char* message) const {
  refuse_call(memory, code, message);
}

void serve_ocall(ServerCall& call, const Interface& interface, void* context) {
  const Entry* entry = nullptr;
  uint32_t number = 0;
  if (!find_entry(call, interface, entry, number)) return;
  call.context = context;
  run(*entry, call);
}

void serve_ecall(ServerCall& call, const Interface& interface, Inside& inside) {
  const Entry* entry = nullptr;
  uint32_t number = 0;
  if (!find_entry(call, interface, entry, number)) return;
  if (inside.allowed != nullptr) [[unlikely]]
    return serve_nested_ecall(*entry, call, inside, number);
  if (!entry->is_public) [[unlikely]]
    return call.fail(ErrorCode::kPermissionDenied,
                     "the function is private: only an ocall that allows it may call it");
  inside.host = call.host;
  run(*entry, call);
  inside.host = nullptr;
}

}  // namespace strongroom::edge
