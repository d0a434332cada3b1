// Sealing 1 MiB: in an enclave by its API; natively by OpenSSL's AES-256-GCM alone, with a fresh key for each
// message, as sealing has it. Prints nanoseconds of the median call.
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "strongroom/enclave.h"

namespace {

constexpr size_t kSize = size_t{1} << 20;
constexpr int kCalls = 200;

template <typename Call>
double median_ns(Call call) {
  std::vector<double> samples;
  for (int i = 0; i < kCalls; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (!call()) std::exit(1);
    samples.push_back(
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(samples.begin(), samples.begin() + kCalls / 2, samples.end());
  return samples[kCalls / 2];
}

void tell(double seal, double unseal) {
  std::printf("seal %.0f\nunseal %.0f\n", seal, unseal);
}

std::vector<uint8_t> plaintext(kSize, 0x5a), opened(kSize);
std::vector<uint8_t> sealed(kSize + strongroom::enclave::kSealOverhead);

void measure_sealing() {
  using namespace strongroom::enclave;
  const double seal = median_ns([] { return seal_into(sealed, SealTo::kEnclave, plaintext).has_value(); });
  tell(seal, median_ns([] { return unseal_into(opened, sealed).has_value(); }));
}

void measure_openssl() {
  uint8_t key[32] = {}, tag[16];
  const uint8_t nonce[12] = {};
  int size = 0;
  const double seal = median_ns([&] {
    ++key[0];
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    const bool good =
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key, nonce) == 1 &&
        EVP_EncryptUpdate(context, sealed.data(), &size, plaintext.data(), static_cast<int>(kSize)) == 1 &&
        EVP_EncryptFinal_ex(context, tag, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
  });
  tell(seal, median_ns([&] {
         EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
         const bool good =
             EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key, nonce) == 1 &&
             EVP_DecryptUpdate(context, opened.data(), &size, sealed.data(), static_cast<int>(kSize)) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
             EVP_DecryptFinal_ex(context, tag, &size) == 1;
         EVP_CIPHER_CTX_free(context);
         return good;
       }));
}

}  // namespace

int main() {
  const auto self = strongroom::enclave::own_identity();
  if (self) {
    measure_sealing();
  } else if (self.error().code == strongroom::ErrorCode::kUnsupported) {
    measure_openssl();
  } else {
    std::fprintf(stderr, "%s\n", self.error().message.c_str());
    return 1;
  }
  return 0;
}
