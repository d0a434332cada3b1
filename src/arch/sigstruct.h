// SIGSTRUCT made, signed, taken apart and checked. Layout: sigstruct_format.h.
//
// The signature is RSASSA-PKCS1-v1_5 with SHA-256 over bytes 0..127 and 900..1027, by RSA-3072 with
// exponent 3. Signing in one go:
//   Sigstruct sigstruct = make_sigstruct(contents);
//   TRY(sign_sigstruct(sigstruct, key));
// With a key that lives in an HSM, in two: sigstruct_digest(sigstruct) goes to the HSM, and
//   TRY(attach_signature(sigstruct, public_key, signature));
// puts what it answers in its place. All functions are pure and thread safe.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "arch/measurement.h"
#include "arch/sigstruct_format.h"
#include "base/bytes.h"
#include "crypto/rsa.h"

namespace strongroom::arch {

// MRSIGNER: SHA-256 of the modulus as it stands in SIGSTRUCT (384 bytes, little-endian).
using SignerIdentity = crypto::Sha256Digest;

// By default a signer fixes every bit of ATTRIBUTES, but lets the platform choose the vector state of XFRM.
inline constexpr Attributes kDefaultAttributes = {kAttributeMode64, kXfrmLegacy};
inline constexpr Attributes kDefaultAttributeMask = {~uint64_t{0}, ~uint64_t{kXfrmAvx | kXfrmAvx512}};

// What a signer says about an enclave.
struct SigstructContents {
  Measurement measurement{};  // MRENCLAVE
  uint32_t date = 0;          // 0xYYYYMMDD in binary-coded decimal: 0x20240229
  uint32_t vendor = kVendorOther;
  uint32_t software_defined = 0;
  uint16_t product_id = 0;
  uint16_t svn = 0;
  Attributes attributes = kDefaultAttributes;
  Attributes attribute_mask = kDefaultAttributeMask;
  // True: the enclave may be launched with DEBUG, too. It takes the DEBUG bit out of attribute_mask.
  bool debug_permitted = false;
  uint32_t misc_select = 0;
  uint32_t misc_mask = ~uint32_t{0};
  std::array<uint8_t, 16> family_id{};            // needs kAttributeKss
  std::array<uint8_t, 16> extended_product_id{};  // needs kAttributeKss
};

// An unsigned SIGSTRUCT: modulus, exponent, signature, q1 and q2 are zero.
Sigstruct make_sigstruct(const SigstructContents& contents);

// The 256 bytes that are signed, and their SHA-256 digest. They do not depend on the key.
std::array<uint8_t, 256> sigstruct_signed_bytes(const Sigstruct& sigstruct);
crypto::Sha256Digest sigstruct_digest(const Sigstruct& sigstruct);

Result<void> sign_sigstruct(Sigstruct& sigstruct, const crypto::RsaPrivateKey& key);
// `signature`: big-endian, as signing tools give it. Refuses (kVerificationFailed) a signature that is not by
// the key over this SIGSTRUCT, and then leaves it as it was.
Result<void> attach_signature(Sigstruct& sigstruct, const crypto::RsaPublicKey& key,
                              const crypto::RsaNumber& signature);

// What is wrong with a SIGSTRUCT, in the order in which it is looked for.
enum class SigstructFault {
  kUnsigned,   // all zeros: nobody has signed yet
  kHeader,     // HEADER is not its constant
  kVendor,     // VENDOR is neither 0 nor 8086H
  kHeader2,    // HEADER2 is not its constant
  kReserved,   // a reserved byte, or a reserved bit of ATTRIBUTES, is not zero
  kExponent,   // the exponent is not 3
  kModulus,    // the modulus is not of 3072 bits, or even
  kSignature,  // the signature does not hold
  kQuotients,  // q1 or q2 is not what signature and modulus make them
};
std::string_view to_string(SigstructFault fault);

// The first fault, or none. With none, every one of the 1808 bytes has been accounted for: signed, or
// checked.
std::optional<SigstructFault> find_fault(const Sigstruct& sigstruct);
// find_fault() as a Result: kVerificationFailed where cryptography fails, else kMalformed.
Result<void> check_sigstruct(const Sigstruct& sigstruct);
// Reads exactly 1808 bytes and checks them.
Result<Sigstruct> parse_sigstruct(ByteView bytes);

SignerIdentity signer_identity(const Sigstruct& sigstruct);
SignerIdentity signer_identity(const crypto::RsaPublicKey& key);
Measurement enclave_measurement(const Sigstruct& sigstruct);
// Whether the signer lets the enclave be launched with DEBUG.
bool permits_debug(const Sigstruct& sigstruct);
// Whether he lets it be launched without.
bool permits_production(const Sigstruct& sigstruct);

}  // namespace strongroom::arch
