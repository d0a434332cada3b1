#include "strongroom/enclave/channel.h"

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

// hello:  TARGETINFO of the initiator, his X25519 key
// reply:  TARGETINFO of the responder, his X25519 key, his REPORT for the initiator over
//         SHA-512("strongroom channel 1 responder" || hello || TARGETINFO || key)
// proof:  REPORT of the initiator for the responder over SHA-512("strongroom channel 1 initiator" || hello ||
// reply) keys:   HMAC-SHA256(X25519 secret, "strongroom channel 1 to responder" | "... to initiator" ||
// SHA-256(hello || reply)) message: u64 number (little-endian, from 0 on), then AES-256-GCM with the nonce
// u32 0, u64 number
namespace strongroom::enclave {
namespace {

using Key = std::array<uint8_t, 32>;
using crypto::OwnedPkey;
constexpr size_t kHelloSize = sizeof(Target) + sizeof(Key);
constexpr size_t kReplySize = kHelloSize + sizeof(Report);

ReportData statement(std::string_view role, ByteView first, ByteView second) {
  return crypto::sha512(ByteWriter()
                            .bytes(as_bytes("strongroom channel 1 "))
                            .bytes(as_bytes(role))
                            .bytes(first)
                            .bytes(second)
                            .take());
}

Result<Key> public_key_of(const Key& private_key) {
  const OwnedPkey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.data(), private_key.size()));
  Key out;
  size_t size = out.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) != 1)
    return crypto::fail_openssl(ErrorCode::kInternal, "cannot make an X25519 key");
  return out;
}

// Fails for a peer's key of small order, as RFC 7748 section 6.1 wants it: the secret would be zero.
Result<Key> agree(const Key& private_key, ByteView peer) {
  const OwnedPkey own(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.data(), private_key.size()));
  const OwnedPkey other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  const crypto::OwnedPkeyContext context(own ? EVP_PKEY_CTX_new(own.get(), nullptr) : nullptr);
  Key out;
  size_t size = out.size();
  if (!other || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), out.data(), &size) != 1)
    return crypto::fail_openssl(ErrorCode::kVerificationFailed, "the peer's X25519 key is of no use");
  return out;
}

struct Keys {
  Key to_responder;
  Key to_initiator;
};
Keys derive_keys(const Key& secret, ByteView hello, ByteView reply) {
  const auto transcript = crypto::sha256(ByteWriter().bytes(hello).bytes(reply).take());
  const auto derive = [&](std::string_view direction) {
    return crypto::hmac_sha256(secret, ByteWriter()
                                           .bytes(as_bytes("strongroom channel 1 to "))
                                           .bytes(as_bytes(direction))
                                           .bytes(transcript)
                                           .take());
  };
  return {derive("responder"), derive("initiator")};
}

Result<Identity> check_report(ByteView bytes, const ReportData& expected) {
  ByteReader reader(bytes);
  const VerifiedReport report = TRY(verify_report(TRY(reader.array<sizeof(Report)>("REPORT"))));
  if (!crypto::equal_in_constant_time(report.data, expected))
    return fail(ErrorCode::kVerificationFailed, "the peer's report belongs to another exchange");
  return report.identity;
}

tl::unexpected<Error> wrong_size(std::string_view what) {
  return fail(ErrorCode::kMalformed, "the channel's " + std::string(what) + " has a wrong length");
}

}  // namespace

Channel::~Channel() {
  wipe(send_key_);
  wipe(receive_key_);
}
ChannelInitiator::~ChannelInitiator() {
  wipe(private_key_);
}
ChannelResponder::~ChannelResponder() {
  wipe(private_key_);
}

Result<ChannelInitiator> ChannelInitiator::create() {
  ChannelInitiator out;
  out.private_key_ = TRY(crypto::random_array<32>());
  out.hello_ = ByteWriter().bytes(TRY(own_target())).bytes(TRY(public_key_of(out.private_key_))).take();
  return out;
}

Result<Channel> ChannelInitiator::finish(std::span<const uint8_t> reply) {
  if (reply.size() != kReplySize) return wrong_size("reply");
  const ByteView claims = ByteView(reply).first(kHelloSize);
  Channel channel;
  channel.peer_ = TRY(check_report(reply.subspan(kHelloSize), statement("responder", hello_, claims)));
  Key secret = TRY(agree(private_key_, claims.subspan(sizeof(Target))));
  const Keys keys = derive_keys(secret, hello_, reply);
  wipe(secret);
  channel.send_key_ = keys.to_responder;
  channel.receive_key_ = keys.to_initiator;
  ByteReader reader(claims);
  const auto target = TRY(reader.array<sizeof(Target)>("TARGETINFO"));
  const Report proof = TRY(report(target, statement("initiator", hello_, reply)));
  channel.proof_.assign(proof.begin(), proof.end());
  return channel;
}

Result<ChannelResponder> ChannelResponder::create(std::span<const uint8_t> hello) {
  if (hello.size() != kHelloSize) return wrong_size("hello");
  ChannelResponder out;
  out.private_key_ = TRY(crypto::random_array<32>());
  out.hello_.assign(hello.begin(), hello.end());
  ByteReader reader(hello);
  const auto target = TRY(reader.array<sizeof(Target)>("TARGETINFO"));
  const Bytes claims =
      ByteWriter().bytes(TRY(own_target())).bytes(TRY(public_key_of(out.private_key_))).take();
  out.reply_ =
      ByteWriter().bytes(claims).bytes(TRY(report(target, statement("responder", hello, claims)))).take();
  return out;
}

Result<Channel> ChannelResponder::finish(std::span<const uint8_t> proof) {
  if (proof.size() != sizeof(Report)) return wrong_size("proof");
  Channel channel;
  channel.peer_ = TRY(check_report(proof, statement("initiator", hello_, reply_)));
  Key secret = TRY(agree(private_key_, ByteView(hello_).subspan(sizeof(Target))));
  const Keys keys = derive_keys(secret, hello_, reply_);
  wipe(secret);
  channel.send_key_ = keys.to_initiator;
  channel.receive_key_ = keys.to_responder;
  return channel;
}

Result<std::vector<uint8_t>> Channel::seal(std::span<const uint8_t> message) {
  const uint64_t number = sent_++;
  return ByteWriter()
      .little(number)
      .bytes(crypto::aes256_gcm_seal(send_key_, crypto::gcm_nonce(0, number), message))
      .take();
}

Result<std::vector<uint8_t>> Channel::open(std::span<const uint8_t> sealed) {
  ByteReader reader(sealed);
  if (TRY(reader.little<uint64_t>("message number")) != received_)
    return fail(ErrorCode::kVerificationFailed, "a message of the channel was repeated, left out or moved");
  auto message = TRY(crypto::aes256_gcm_open(receive_key_, crypto::gcm_nonce(0, received_), reader.rest()));
  ++received_;
  return message;
}

}  // namespace strongroom::enclave
