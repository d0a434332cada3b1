#include "arch/sigstruct.h"

#include <algorithm>
#include <cstring>

#include "arch/fixed_bytes.h"
#include "crypto/digest.h"

namespace strongroom::arch {
namespace {

constexpr size_t kHeadSize = offsetof(Sigstruct, modulus);
constexpr size_t kBodyOffset = offsetof(Sigstruct, misc_select);
constexpr size_t kBodySize = offsetof(Sigstruct, isv_svn) + sizeof(Sigstruct::isv_svn) - kBodyOffset;
static_assert(kHeadSize == 128 && kBodyOffset == 900 && kBodySize == 128);

// Between SIGSTRUCT's little-endian numbers and the big-endian ones of the rest of the world.
crypto::RsaNumber to_big_endian(const uint8_t (&little)[kRsaBytes]) {
  crypto::RsaNumber big;
  std::reverse_copy(std::begin(little), std::end(little), big.begin());
  return big;
}
void to_little_endian(uint8_t (&little)[kRsaBytes], const crypto::RsaNumber& big) {
  std::reverse_copy(big.begin(), big.end(), std::begin(little));
}

bool reserved_is_zero(const Sigstruct& sigstruct) {
  return all_zero(sigstruct.reserved1) && all_zero(sigstruct.reserved2) && all_zero(sigstruct.reserved3) &&
         all_zero(sigstruct.reserved4) && (sigstruct.attributes.flags & ~kAttributeKnownFlags) == 0;
}

std::optional<SigstructFault> find_form_fault(const Sigstruct& sigstruct) {
  if (all_zero(object_bytes(sigstruct))) return SigstructFault::kUnsigned;
  if (!equal(sigstruct.header, kSigstructHeader)) return SigstructFault::kHeader;
  if (sigstruct.vendor != kVendorOther && sigstruct.vendor != kVendorIntel) return SigstructFault::kVendor;
  if (!equal(sigstruct.header2, kSigstructHeader2)) return SigstructFault::kHeader2;
  if (!reserved_is_zero(sigstruct)) return SigstructFault::kReserved;
  if (sigstruct.exponent != kRsaExponent) return SigstructFault::kExponent;
  return std::nullopt;
}

}  // namespace

Sigstruct make_sigstruct(const SigstructContents& contents) {
  Sigstruct out{};
  copy_bytes(out.header, kSigstructHeader);
  copy_bytes(out.header2, kSigstructHeader2);
  out.vendor = contents.vendor;
  out.date = contents.date;
  out.software_defined = contents.software_defined;
  out.misc_select = contents.misc_select;
  out.misc_mask = contents.misc_mask;
  out.attributes = contents.attributes;
  out.attribute_mask = contents.attribute_mask;
  if (contents.debug_permitted) out.attribute_mask.flags &= ~uint64_t{kAttributeDebug};
  copy_bytes(out.enclave_hash, contents.measurement);
  copy_bytes(out.isv_family_id, contents.family_id);
  copy_bytes(out.isv_ext_prod_id, contents.extended_product_id);
  out.isv_prod_id = contents.product_id;
  out.isv_svn = contents.svn;
  return out;
}

std::array<uint8_t, 256> sigstruct_signed_bytes(const Sigstruct& sigstruct) {
  const ByteView bytes = object_bytes(sigstruct);
  std::array<uint8_t, kHeadSize + kBodySize> out;
  std::memcpy(out.data(), bytes.data(), kHeadSize);
  std::memcpy(out.data() + kHeadSize, bytes.data() + kBodyOffset, kBodySize);
  return out;
}

crypto::Sha256Digest sigstruct_digest(const Sigstruct& sigstruct) {
  return crypto::sha256(sigstruct_signed_bytes(sigstruct));
}

Result<void> sign_sigstruct(Sigstruct& sigstruct, const crypto::RsaPrivateKey& key) {
  const crypto::RsaNumber signature = TRY(key.sign(sigstruct_signed_bytes(sigstruct)));
  return attach_signature(sigstruct, key.public_key(), signature);
}

Result<void> attach_signature(Sigstruct& sigstruct, const crypto::RsaPublicKey& key,
                              const crypto::RsaNumber& signature) {
  TRY_IN("the signature is not by this key over this SIGSTRUCT",
         key.verify(sigstruct_signed_bytes(sigstruct), signature));
  const crypto::RsaQuotients quotients = TRY(crypto::rsa_quotients(key.modulus(), signature));
  to_little_endian(sigstruct.modulus, key.modulus());
  sigstruct.exponent = kRsaExponent;
  to_little_endian(sigstruct.signature, signature);
  to_little_endian(sigstruct.q1, quotients.q1);
  to_little_endian(sigstruct.q2, quotients.q2);
  return {};
}

std::string_view to_string(SigstructFault fault) {
  switch (fault) {
    case SigstructFault::kUnsigned:
      return "it is not signed; sign it with `strongroom sign`";
    case SigstructFault::kHeader:
      return "HEADER is not its constant";
    case SigstructFault::kVendor:
      return "VENDOR is neither 0 nor 0x8086";
    case SigstructFault::kHeader2:
      return "HEADER2 is not its constant";
    case SigstructFault::kReserved:
      return "reserved bits are set";
    case SigstructFault::kExponent:
      return "the public exponent is not 3";
    case SigstructFault::kModulus:
      return "the modulus is not one of RSA-3072";
    case SigstructFault::kSignature:
      return "the signature does not hold: the contents were changed, or another key signed them";
    case SigstructFault::kQuotients:
      return "Q1 and Q2 do not belong to signature and modulus";
  }
  return "unknown fault";
}

std::optional<SigstructFault> find_fault(const Sigstruct& sigstruct) {
  if (const auto fault = find_form_fault(sigstruct)) return fault;
  const crypto::RsaNumber signature = to_big_endian(sigstruct.signature);
  const auto key = crypto::RsaPublicKey::from_modulus(to_big_endian(sigstruct.modulus));
  if (!key) return SigstructFault::kModulus;
  if (!key->verify(sigstruct_signed_bytes(sigstruct), signature)) return SigstructFault::kSignature;
  const auto quotients = crypto::rsa_quotients(key->modulus(), signature);
  if (!quotients) return SigstructFault::kSignature;
  if (quotients->q1 != to_big_endian(sigstruct.q1) || quotients->q2 != to_big_endian(sigstruct.q2))
    return SigstructFault::kQuotients;
  return std::nullopt;
}

Result<void> check_sigstruct(const Sigstruct& sigstruct) {
  const std::optional<SigstructFault> fault = find_fault(sigstruct);
  if (!fault) return {};
  const bool cryptographic = *fault == SigstructFault::kSignature || *fault == SigstructFault::kQuotients;
  return fail(cryptographic ? ErrorCode::kVerificationFailed : ErrorCode::kMalformed,
              "SIGSTRUCT: " + std::string(to_string(*fault)));
}

Result<Sigstruct> parse_sigstruct(ByteView bytes) {
  ByteReader reader(bytes);
  const Sigstruct sigstruct = TRY(reader.object<Sigstruct>("SIGSTRUCT"));
  TRY(reader.expect_end("SIGSTRUCT"));
  TRY(check_sigstruct(sigstruct));
  return sigstruct;
}

SignerIdentity signer_identity(const Sigstruct& sigstruct) {
  return crypto::sha256(sigstruct.modulus);
}

SignerIdentity signer_identity(const crypto::RsaPublicKey& key) {
  uint8_t modulus[kRsaBytes];
  to_little_endian(modulus, key.modulus());
  return crypto::sha256(modulus);
}

Measurement enclave_measurement(const Sigstruct& sigstruct) {
  return std::to_array(sigstruct.enclave_hash);
}

bool permits_debug(const Sigstruct& sigstruct) {
  return ((sigstruct.attributes.flags | ~sigstruct.attribute_mask.flags) & kAttributeDebug) != 0;
}

bool permits_production(const Sigstruct& sigstruct) {
  return (sigstruct.attributes.flags & sigstruct.attribute_mask.flags & kAttributeDebug) == 0;
}

}  // namespace strongroom::arch
