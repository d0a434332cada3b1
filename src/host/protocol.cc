#include "host/protocol.h"

#include <fmt/format.h>

namespace strongroom::host {
namespace {

// The fields of each message in the order in which they travel: numbers as 8 bytes, little-endian; texts with
// their length before them; lists with their count; structures of fixed layout as they are.
#define STRONGROOM_FIELDS(Type, ...)                    \
  template <typename Archive, typename M>               \
  requires std::is_same_v<std::remove_const_t<M>, Type> \
  auto pass(Archive& archive, M& m) {                   \
    (void)m;                                            \
    return archive.all(__VA_ARGS__);                    \
  }

STRONGROOM_FIELDS(Load)
STRONGROOM_FIELDS(Loaded, m.image)
STRONGROOM_FIELDS(Launch, m.image, m.request.tee, m.allow_unsigned, m.spare, m.request.trace,
                  m.request.strict, m.request.debug, m.request.wait_for_debugger, m.request.call_area_size,
                  m.request.arguments, m.request.environment, m.name)
STRONGROOM_FIELDS(Forget, m.image)
STRONGROOM_FIELDS(Started, m.process_id, m.warnings, m.from_spare)
STRONGROOM_FIELDS(Ended, m.end.kind, m.end.status, m.end.cause, m.end.address, m.end.access_address,
                  m.end.message)
STRONGROOM_FIELDS(Refused, m.code, m.message)
STRONGROOM_FIELDS(Find, m.key)
STRONGROOM_FIELDS(List, m.after)
STRONGROOM_FIELDS(EnclaveEntry, m.number, m.user, m.process_id, m.tee, m.debug, m.is_signed, m.running,
                  m.from_spare, m.launched_at, m.memory, m.mrenclave, m.mrsigner, m.name, m.end)
STRONGROOM_FIELDS(Listing, m.enclaves)
STRONGROOM_FIELDS(ReadLog, m.number)
STRONGROOM_FIELDS(Log, m.text)
STRONGROOM_FIELDS(Stop, m.number)
STRONGROOM_FIELDS(Done)
STRONGROOM_FIELDS(arch::EnclaveIdentity, m.mrenclave, m.mrsigner, m.attributes.flags, m.attributes.xfrm,
                  m.misc_select, m.cet_attributes, m.isv_prod_id, m.isv_svn, m.config_svn, m.config_id,
                  m.isv_family_id, m.isv_ext_prod_id)
STRONGROOM_FIELDS(Prepared, m.key, m.file_size, m.memory, m.is_signed, m.debug_permitted,
                  m.production_permitted, m.identity)
STRONGROOM_FIELDS(Make, m.tee, m.debug, m.wait_for_debugger, m.spare, m.call_area_size)
#undef STRONGROOM_FIELDS

// The last value of each enumeration that travels.
constexpr tee::TeeKind last(tee::TeeKind) {
  return tee::TeeKind::kSgx;
}
constexpr tee::EndKind last(tee::EndKind) {
  return tee::EndKind::kFailed;
}
constexpr ErrorCode last(ErrorCode) {
  return ErrorCode::kCallFailed;
}
// An enclave of a later kernel may know further causes.
constexpr kernel::AbortCause last(kernel::AbortCause) {
  return static_cast<kernel::AbortCause>(UINT32_MAX);
}

class Encoder {
 public:
  template <typename... Fields>
  void all(const Fields&... fields) {
    (field(fields), ...);
  }
  Bytes take() { return writer_.take(); }

 private:
  template <typename T>
  void field(const T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
      writer_.little(static_cast<uint64_t>(value));
    else
      pass(*this, value);
  }
  template <size_t N>
  void field(const std::array<uint8_t, N>& value) {
    writer_.bytes(value);
  }
  void field(const std::string& value) {
    field(value.size());
    writer_.bytes(as_bytes(value));
  }
  template <typename T>
  void field(const std::vector<T>& values) {
    field(values.size());
    for (const T& value : values) field(value);
  }
  ByteWriter writer_;
};

class Decoder {
 public:
  explicit Decoder(ByteView bytes) : reader_(bytes) {}

  template <typename... Fields>
  Result<void> all(Fields&... fields) {
    Result<void> result{};
    (void)((result = field(fields)) && ...);
    return result;
  }

  Result<Message> message() {
    uint64_t kind = 0;
    TRY(field(kind));
    Message out = TRY(message_of(kind, std::make_index_sequence<std::variant_size_v<Message>>()));
    TRY(reader_.expect_end("message"));
    return out;
  }

 private:
  template <size_t... I>
  Result<Message> message_of(uint64_t kind, std::index_sequence<I...>) {
    Result<Message> out = fail(ErrorCode::kMalformed, fmt::format("message of unknown kind {}", kind));
    (void)((kind == I && (out = body<std::variant_alternative_t<I, Message>>(), true)) || ...);
    return out;
  }
  template <typename T>
  Result<Message> body() {
    T message;
    TRY(pass(*this, message));
    return message;
  }

  template <typename T>
  Result<void> field(T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>)
      return scalar(value);
    else
      return pass(*this, value);
  }
  template <typename T>
  Result<void> scalar(T& value) {
    const auto number = TRY(reader_.little<uint64_t>("number"));
    if constexpr (std::is_enum_v<T>) {
      if (number > static_cast<uint64_t>(last(T{})))
        return fail(ErrorCode::kMalformed,
                    fmt::format("{} is above {}", number, static_cast<uint64_t>(last(T{}))));
    }
    value = static_cast<T>(number);
    if (static_cast<uint64_t>(value) != number)
      return fail(ErrorCode::kMalformed, fmt::format("{} does not fit into its field", number));
    return {};
  }
  template <size_t N>
  Result<void> field(std::array<uint8_t, N>& value) {
    value = TRY(reader_.array<N>("bytes"));
    return {};
  }
  Result<void> field(std::string& value) {
    const auto size = TRY(reader_.little<uint64_t>("number"));
    value = as_text(TRY(reader_.bytes(size, "text")));
    return {};
  }
  template <typename T>
  Result<void> field(std::vector<T>& values) {
    const auto count = TRY(reader_.little<uint64_t>("number"));
    for (uint64_t i = 0; i < count; ++i) TRY(field(values.emplace_back()));
    return {};
  }
  ByteReader reader_;
};

}  // namespace

Bytes encode(const Message& message) {
  Encoder encoder;
  encoder.all(message.index());
  std::visit([&](const auto& body) { pass(encoder, body); }, message);
  return encoder.take();
}

Result<Message> decode(ByteView bytes) {
  return TRY_IN("keeper protocol", Decoder(bytes).message());
}

Result<void> send_packet(int socket, const Message& message, std::span<const int> files, Waiting waiting) {
  const Bytes bytes = encode(message);
  if (bytes.size() > kLargestPacket)
    return fail(ErrorCode::kResourceExhausted,
                fmt::format("a message of {} bytes is too large", bytes.size()));
  return send_bytes(socket, bytes, files, "the keeper", waiting);
}

Result<std::optional<Packet>> receive_packet(int socket, Waiting waiting) {
  auto raw = TRY(receive_bytes(socket, kLargestPacket, "the keeper", waiting));
  if (!raw) return std::nullopt;
  Message message = TRY(decode(raw->bytes));
  return Packet{std::move(message), std::move(raw->files)};
}

std::vector<int> numbers_of(const std::vector<FileDescriptor>& files) {
  std::vector<int> numbers;
  for (const FileDescriptor& file : files) numbers.push_back(file.get());
  return numbers;
}

}  // namespace strongroom::host
