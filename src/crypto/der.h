// A strict, bounded reader of DER (ITU-T X.690) for the small structures that vendors put into certificate
// extensions. Certificates themselves are parsed by OpenSSL.
#pragma once

#include "base/bytes.h"

namespace strongroom::crypto {

// Identifier octets of the universal types that occur (X.690 section 8; X.680 section 8.6).
inline constexpr uint8_t kDerBoolean = 0x01;
inline constexpr uint8_t kDerInteger = 0x02;
inline constexpr uint8_t kDerBitString = 0x03;
inline constexpr uint8_t kDerOctetString = 0x04;
inline constexpr uint8_t kDerObjectIdentifier = 0x06;
inline constexpr uint8_t kDerEnumerated = 0x0a;
inline constexpr uint8_t kDerUtf8String = 0x0c;
inline constexpr uint8_t kDerIa5String = 0x16;
inline constexpr uint8_t kDerSequence = 0x30;

struct DerElement {
  uint8_t tag = 0;
  ByteView content;
};

// Reads the elements of one DER level in order; views point into the bytes given. Refuses indefinite and
// non-minimal lengths, multi-byte tags and elements that pass the end. Not thread safe.
class DerReader {
 public:
  explicit DerReader(ByteView bytes) : reader_(bytes) {}

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  Result<DerElement> next(std::string_view what);
  // The content of the next element, which must have this tag.
  Result<ByteView> expect(uint8_t tag, std::string_view what);
  Result<void> expect_end(std::string_view what) const { return reader_.expect_end(what); }

 private:
  ByteReader reader_;
};

// The SEQUENCEs that `bytes` consist of, each with its header; none where anything else stands there.
std::vector<ByteView> split_der(ByteView bytes);

// A non-negative INTEGER or ENUMERATED of at most 64 bits, minimally encoded.
Result<uint64_t> der_unsigned(ByteView content, std::string_view what);

// The dotted form of an OBJECT IDENTIFIER, for instance "1.2.840.113741.1.13.1".
Result<std::string> der_object_identifier(ByteView content, std::string_view what);

}  // namespace strongroom::crypto
