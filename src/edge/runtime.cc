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

tl::unexpected<Error> not_lent(const CallInfo& info, const Error& error) {
  return tl::unexpected<Error>(error.in(info.name));
}

tl::unexpected<Error> lent_too_little(const CallInfo& info) {
  return fail(ErrorCode::kResourceExhausted,
              std::string(info.name) + ": the exchange is too small for the parameters of this call");
}

tl::unexpected<Error> not_made(const CallInfo& info, const Error& error) {
  return tl::unexpected<Error>(error.in(info.name));
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

// Takes the header of a request: the function that it asks for; nullptr after a refusal.
const Entry* find_entry(const Interface& interface, Reader& request, std::span<uint8_t> memory,
                        uint32_t& number) {
  RequestHeader header{};
  const bool whole = request.copy(&header, sizeof header);
  number = header.number;
  if (whole && header.digest == interface.digest && number < interface.entries.size()) [[likely]]
    return &interface.entries[number];
  if (!whole)
    refuse_call(memory, ErrorCode::kMalformed, "the message is shorter than its header");
  else if (header.digest != interface.digest)
    refuse_call(memory, ErrorCode::kInvalidArgument,
                "the two sides were built from different EDL files; build both again");
  else
    refuse_call(memory, ErrorCode::kMalformed, "there is no function of this number");
  return nullptr;
}

}  // namespace

void refuse_call(std::span<uint8_t> memory, ErrorCode code, const char* message) {
  static constexpr Entry kNone{"", nullptr, false, false};
  Arena arena({});
  ServerCall{kNone, nullptr, Reader(memory), memory, arena}.fail(code, message);
}

tl::unexpected<Error> failed_call(Reader& reader, const CallInfo& info, const ResponseHeader& header) {
  if (header.status == 0) return bad_response(info, "its errno is no errno");
  if (header.status > kStatusLimit) return bad_response(info, "its status is unknown");
  return fail(static_cast<ErrorCode>(header.status - 1),
              std::string(info.name) + ": " + read_message(reader, header.message_size));
}

void ServerCall::fail(ErrorCode code, const char* message) {
  if (memory.size() < sizeof(ResponseHeader)) return;  // the caller lied about its memory; it gets no answer
  const size_t size = std::min({std::strlen(message), kMessageLimit, memory.size() - sizeof(ResponseHeader)});
  const ResponseHeader header{.status = 1 + static_cast<uint32_t>(code),
                              .error_number = 0,
                              .message_size = static_cast<uint32_t>(size),
                              .reserved = 0};
  write_shared(memory.data(), &header, sizeof header);
  write_shared(memory.data() + sizeof header, message, size);
}

void serve_ocall(const Interface& interface, void* context, std::span<uint8_t> memory, size_t request_size,
                 Arena& arena) {
  Reader request(memory.first(std::min(request_size, memory.size())));
  uint32_t number = 0;
  const Entry* const entry = find_entry(interface, request, memory, number);
  if (entry == nullptr) return;
  ServerCall call{*entry, context, request, memory, arena};
  const size_t mark = arena.mark();
  entry->serve(call);
  arena.rewind(mark);
}

void serve_ecall(const Interface& interface, Inside& inside, CallTransport& host, std::span<uint8_t> memory,
                 size_t request_size, Arena& arena) {
  Reader request(memory.first(std::min(request_size, memory.size())), host.nameable_by_other());
  uint32_t number = 0;
  const Entry* const entry = find_entry(interface, request, memory, number);
  if (entry == nullptr) return;
  const auto* const allowed = inside.allowed;
  if (allowed == nullptr && !entry->is_public)
    return refuse_call(memory, ErrorCode::kPermissionDenied,
                       "the function is private: only an ocall that allows it may call it");
  if (allowed != nullptr && std::find(allowed->begin(), allowed->end(), number) == allowed->end())
    return refuse_call(memory, ErrorCode::kPermissionDenied,
                       "the ocall under way does not allow this ecall; name it in allow(...)");
  const Inside outer = std::exchange(inside, Inside{.host = &host, .allowed = nullptr});
  ServerCall call{*entry, nullptr, request, memory, arena};
  const size_t mark = arena.mark();
  entry->serve(call);
  arena.rewind(mark);
  inside = outer;
}

}  // namespace strongroom::edge
