#include "host/protocol.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace strongroom::host {
namespace {

class Encoder {
 public:
  Encoder& number(uint64_t value) {
    writer_.little(value);
    return *this;
  }
  Encoder& text(std::string_view value) {
    number(value.size());
    writer_.bytes(as_bytes(value));
    return *this;
  }
  Encoder& texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
    return *this;
  }
  Bytes take() { return writer_.take(); }

  void operator()(const Load&) {}
  void operator()(const Loaded& m) { number(m.image); }
  void operator()(const Launch& m) {
    const tee::LaunchRequest& r = m.request;
    number(m.image)
        .number(static_cast<uint64_t>(r.tee))
        .number(m.allow_unsigned)
        .number(m.spare)
        .number(r.trace)
        .number(r.strict)
        .number(r.debug)
        .number(r.wait_for_debugger)
        .number(r.call_area_size);
    texts(r.arguments).texts(r.environment);
  }
  void operator()(const Forget& m) { number(m.image); }
  void operator()(const Started& m) { number(static_cast<uint64_t>(m.process_id)).texts(m.warnings); }
  void operator()(const Ended& m) {
    const tee::EnclaveEnd& e = m.end;
    number(static_cast<uint64_t>(e.kind))
        .number(static_cast<uint64_t>(e.status))
        .number(static_cast<uint64_t>(e.cause));
    number(e.address).number(e.access_address).text(e.message);
  }
  void operator()(const Refused& m) { number(static_cast<uint64_t>(m.code)).text(m.message); }

 private:
  ByteWriter writer_;
};

class Decoder {
 public:
  explicit Decoder(ByteView bytes) : reader_(bytes) {}

  Result<Message> message() {
    const uint64_t kind = TRY(number());
    Message out = TRY(body(kind));
    TRY(reader_.expect_end("message"));
    return out;
  }

 private:
  Result<Message> body(uint64_t kind) {
    switch (kind) {
      case 0:
        return Load{};
      case 1:
        return Loaded{TRY(number())};
      case 2:
        return TRY(launch());
      case 3:
        return Forget{TRY(number())};
      case 4:
        return TRY(started());
      case 5:
        return TRY(ended());
      case 6:
        return TRY(refused());
      default:
        return fail(ErrorCode::kMalformed, fmt::format("message of unknown kind {}", kind));
    }
  }
  Result<Message> launch() {
    Launch m;
    m.image = TRY(number());
    m.request.tee = TRY(one_of<tee::TeeKind>(static_cast<uint64_t>(tee::TeeKind::kSgx)));
    m.allow_unsigned = TRY(flag());
    m.spare = TRY(flag());
    m.request.trace = TRY(flag());
    m.request.strict = TRY(flag());
    m.request.debug = TRY(flag());
    m.request.wait_for_debugger = TRY(flag());
    m.request.call_area_size = TRY(number());
    m.request.arguments = TRY(texts());
    m.request.environment = TRY(texts());
    return m;
  }
  Result<Message> started() {
    Started m;
    m.process_id = static_cast<int32_t>(TRY(number()));
    m.warnings = TRY(texts());
    return m;
  }
  Result<Message> ended() {
    tee::EnclaveEnd e;
    e.kind = TRY(one_of<tee::EndKind>(static_cast<uint64_t>(tee::EndKind::kFailed)));
    e.status = static_cast<int32_t>(TRY(number()));
    e.cause = static_cast<kernel::AbortCause>(TRY(number()));
    e.address = TRY(number());
    e.access_address = TRY(number());
    e.message = TRY(text());
    return Ended{std::move(e)};
  }
  Result<Message> refused() {
    Refused m;
    m.code = TRY(one_of<ErrorCode>(static_cast<uint64_t>(ErrorCode::kInternal)));
    m.message = TRY(text());
    return m;
  }

  Result<uint64_t> number() { return reader_.little<uint64_t>("number"); }
  template <typename Enum>
  Result<Enum> one_of(uint64_t largest) {
    const uint64_t value = TRY(number());
    if (value > largest) return fail(ErrorCode::kMalformed, fmt::format("{} is above {}", value, largest));
    return static_cast<Enum>(value);
  }
  Result<bool> flag() {
    const uint64_t value = TRY(number());
    if (value > 1) return fail(ErrorCode::kMalformed, "a flag is neither 0 nor 1");
    return value == 1;
  }
  Result<std::string> text() {
    const uint64_t size = TRY(number());
    return std::string(as_text(TRY(reader_.bytes(size, "text"))));
  }
  Result<std::vector<std::string>> texts() {
    const uint64_t count = TRY(number());
    std::vector<std::string> out;
    for (uint64_t i = 0; i < count; ++i) out.push_back(TRY(text()));
    return out;
  }
  ByteReader reader_;
};

// Room for the descriptors' control message, aligned as the kernel wants it.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostFiles * sizeof(int))> bytes{};
};

}  // namespace

Bytes encode(const Message& message) {
  Encoder encoder;
  encoder.number(message.index());
  std::visit(encoder, message);
  return encoder.take();
}

Result<Message> decode(ByteView bytes) {
  return TRY_IN("keeper protocol", Decoder(bytes).message());
}

Result<void> send_packet(int socket, const Message& message, std::vector<int> files) {
  Bytes bytes = encode(message);
  if (bytes.size() > kLargestPacket || files.size() > kMostFiles)
    return fail(ErrorCode::kResourceExhausted,
                fmt::format("a message of {} bytes is too large", bytes.size()));
  iovec part{bytes.data(), bytes.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!files.empty()) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
    cmsghdr* item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
    std::memcpy(CMSG_DATA(item), files.data(), files.size() * sizeof(int));
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return fail_errno("the keeper does not answer", errno);
  }
  return {};
}

Result<std::optional<Packet>> receive_packet(int socket) {
  Bytes bytes(kLargestPacket);
  iovec part{bytes.data(), bytes.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t size;
  do size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return fail(ErrorCode::kUnavailable, "the keeper does not answer; is this machine overloaded?");
  if (size < 0 && errno != ECONNRESET) return fail_errno("cannot hear the keeper", errno);
  if (size <= 0) return std::nullopt;

  Packet packet;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, kMostFiles> numbers{};
    std::memcpy(numbers.data(), CMSG_DATA(item), std::min(count, kMostFiles) * sizeof(int));
    for (size_t i = 0; i < std::min(count, kMostFiles); ++i) packet.files.emplace_back(numbers[i]);
  }
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return fail(ErrorCode::kMalformed, "keeper protocol: a packet was cut off");
  packet.message = TRY(decode(ByteView(bytes).first(static_cast<size_t>(size))));
  return packet;
}

}  // namespace strongroom::host
