// Small conversions from OpenSSL's ASN.1 types, for certificate.cc alone.
#pragma once

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <chrono>
#include <string>

#include "base/bytes.h"

namespace strongroom::crypto {

// UTCTime or GeneralizedTime in the form that RFC 5280 section 4.1.2.5 allows (Zulu, with seconds).
Result<std::chrono::sys_seconds> to_time(const ASN1_TIME* time);
std::string name_text(const X509_NAME* name);
std::string dotted(const ASN1_OBJECT* object);
// The magnitude, big-endian, without leading zeros.
Bytes integer_bytes(const ASN1_INTEGER* integer);

// What OpenSSL writes for an object; empty where it fails.
template <typename T>
Bytes encoding_of(int (*write)(const T*, unsigned char**), const T* object) {
  unsigned char* written = nullptr;
  const int length = write(object, &written);
  Bytes out = length > 0 ? Bytes(written, written + length) : Bytes();
  OPENSSL_free(written);
  return out;
}

// What OpenSSL writes for a parsed object is byte for byte what was parsed.
template <typename T>
bool same_encoding(ByteView der, int (*write)(const T*, unsigned char**), const T* object) {
  unsigned char* written = nullptr;
  const int length = write(object, &written);
  const bool same = length >= 0 && equal(der, ByteView(written, static_cast<size_t>(length)));
  OPENSSL_free(written);
  return same;
}

}  // namespace strongroom::crypto
