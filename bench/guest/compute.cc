// Kernels that compute and call the system little. Prints "NAME VALUE" for each: nanoseconds for one pass,
// the median of several.
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kPasses = 7;

volatile uint64_t sink;  // keeps results alive

void measure(const char* name, const std::function<uint64_t()>& kernel) {
  std::vector<double> times;
  sink = kernel();  // warms caches and maps memory
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    sink = kernel();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count());
  }
  std::nth_element(times.begin(), times.begin() + kPasses / 2, times.end());
  std::printf("%s %.0f\n", name, times[kPasses / 2]);
  std::fflush(stdout);
}

uint64_t sha256() {
  std::vector<uint8_t> buffer(size_t{1} << 20, 0x5a);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (int i = 0; i < 24; ++i) EVP_DigestUpdate(context, buffer.data(), buffer.size());
  EVP_DigestFinal_ex(context, digest, &size);
  EVP_MD_CTX_free(context);
  return digest[0];
}

uint64_t matrix_product() {
  constexpr size_t kSize = 320;
  std::vector<double> a(kSize * kSize, 1.5), b(kSize * kSize, 0.25), c(kSize * kSize, 0);
  for (size_t i = 0; i < kSize; ++i)
    for (size_t k = 0; k < kSize; ++k)
      for (size_t j = 0; j < kSize; ++j) c[i * kSize + j] += a[i * kSize + k] * b[k * kSize + j];
  return static_cast<uint64_t>(c[kSize]);
}

uint64_t hash_map() {
  std::mt19937_64 random(1);
  std::unordered_map<uint64_t, uint64_t> map;
  for (int i = 0; i < 100'000; ++i) map[random() % 50'000] += 1;
  uint64_t sum = 0;
  for (uint64_t key = 0; key < 50'000; ++key)
    if (const auto found = map.find(key); found != map.end()) sum += found->second;
  return sum;
}

uint64_t allocation() {
  std::mt19937 random(2);
  std::vector<void*> live(4096, nullptr);
  for (int i = 0; i < 400'000; ++i) {
    void*& slot = live[random() % live.size()];
    std::free(slot);
    slot = std::malloc(16 + random() % 2000);
    *static_cast<volatile char*>(slot) = 1;
  }
  for (void* memory : live) std::free(memory);
  return live.size();
}

uint64_t sort() {
  std::mt19937_64 random(3);
  std::vector<uint64_t> values(300'000);
  std::generate(values.begin(), values.end(), std::ref(random));
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  measure("sha256", sha256);
  measure("matrix_product", matrix_product);
  measure("hash_map", hash_map);
  measure("allocation", allocation);
  measure("sort", sort);
}
