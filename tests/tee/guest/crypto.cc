// OpenSSL's libcrypto and zlib against published values: FIPS 180-4 and RFC 6234 (SHA-2), the GCM
// specification's test case 4, RFC 4231 (HMAC), CRC-32's check value.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "../../guest/check.h"

namespace {

using Octets = std::vector<unsigned char>;

Octets bytes(const std::string& hex) {
  Octets out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<unsigned char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}
std::string hex(const unsigned char* data, size_t size) {
  std::string out;
  char two[3];
  for (size_t i = 0; i < size; ++i) {
    snprintf(two, sizeof two, "%02x", data[i]);
    out += two;
  }
  return out;
}
std::string digest(const EVP_MD* kind, const std::string& text) {
  unsigned char out[64];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out, &size, kind, nullptr);
  return hex(out, size);
}

}  // namespace

CASE(sha2) {
  CHECK_EQ(digest(EVP_sha256(), "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_EQ(digest(EVP_sha256(), std::string(1'000'000, 'a')),
           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK_EQ(digest(EVP_sha512(), "abc"),
           "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
           "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  CHECK_EQ(digest(EVP_sha3_256(), ""), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
}

CASE(hmac) {
  unsigned char out[64];
  unsigned size = 0;
  const Octets key(20, 0x0b);
  HMAC(EVP_sha256(), key.data(), 20, reinterpret_cast<const unsigned char*>("Hi There"), 8, out, &size);
  CHECK_EQ(hex(out, size), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

CASE(aes_gcm) {
  const Octets key = bytes("feffe9928665731c6d6a8f9467308308"), nonce = bytes("cafebabefacedbaddecaf888");
  const Octets text = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed"
      "f5aa0de657ba637b39");
  const Octets associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  Octets out(text.size()), tag(16);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
  EVP_EncryptUpdate(context, nullptr, &size, associated.data(), static_cast<int>(associated.size()));
  EVP_EncryptUpdate(context, out.data(), &size, text.data(), static_cast<int>(text.size()));
  EVP_EncryptFinal_ex(context, out.data() + size, &size);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag.data());
  EVP_CIPHER_CTX_free(context);
  CHECK_EQ(hex(out.data(), out.size()),
           "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051"
           "ba30b396a0aac973d58e091");
  CHECK_EQ(hex(tag.data(), 16), "5bc94fbc3221a5db94fae95ae7121a47");
}

CASE(rsa_signs_and_verifies) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  CHECK(key != nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const std::string text = "a message";
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  CHECK_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key), 1);
  CHECK_EQ(EVP_DigestSign(context, nullptr, &size, data, text.size()), 1);
  Octets signature(size);
  CHECK_EQ(EVP_DigestSign(context, signature.data(), &size, data, text.size()), 1);
  EVP_MD_CTX_free(context);
  const auto verify = [&] {
    EVP_MD_CTX* checking = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(checking, nullptr, EVP_sha256(), nullptr, key);
    const int good = EVP_DigestVerify(checking, signature.data(), size, data, text.size());
    EVP_MD_CTX_free(checking);
    return good;
  };
  CHECK_EQ(verify(), 1);
  signature[10] ^= 1;
  CHECK(verify() != 1);
  EVP_PKEY_free(key);
}

CASE(random_bytes_differ) {
  unsigned char first[32], second[32];
  CHECK_EQ(RAND_bytes(first, 32), 1);
  CHECK_EQ(RAND_bytes(second, 32), 1);
  CHECK(memcmp(first, second, 32) != 0);
}

CASE(zlib_inflates_what_it_deflated) {
  CHECK_EQ(crc32(0, reinterpret_cast<const Bytef*>("123456789"), 9), 0xcbf43926u);
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919);
  uLongf packed_size = compressBound(text.size());
  Octets packed(packed_size);
  CHECK_EQ(
      compress2(packed.data(), &packed_size, reinterpret_cast<const Bytef*>(text.data()), text.size(), 9),
      Z_OK);
  CHECK(packed_size < text.size() * 2 / 3);
  std::string back(text.size(), 0);
  uLongf size = back.size();
  CHECK_EQ(uncompress(reinterpret_cast<Bytef*>(back.data()), &size, packed.data(), packed_size), Z_OK);
  CHECK(back == text);
}
