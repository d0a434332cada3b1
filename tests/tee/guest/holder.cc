// Holds a secret that no host ever sees: "heap", "stack", "data", "registers", "file" or "freed" says where.
// The secret is a text that the argument's digits are only the seed of, so that it stands in no argument.
// Prints "ready" and spins until its input ends.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

namespace {

// Eight words that follow from the seed; tests/tee/confidentiality_test.cc computes the same.
void make_secret(uint64_t seed, uint64_t (&words)[8]) {
  for (uint64_t& word : words) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    word = seed ^ seed >> 29;
  }
}

std::atomic<bool> stop{false};
volatile uint64_t in_data[8];
volatile uint64_t* volatile kept;

void hold() {
  std::puts("ready");
  std::fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

// In vector registers, while this thread spins and another waits for the input.
void hold_in_registers(uint64_t seed) {
  uint64_t secret[8];
  make_secret(seed, secret);
  std::thread waiting([] {
    hold();
    stop = true;
  });
  __asm__ volatile(
      "vmovdqu (%0), %%ymm0\n vmovdqu 32(%0), %%ymm1\n"
      "vpxor %%ymm2, %%ymm2, %%ymm2\n vmovdqu %%ymm2, (%0)\n vmovdqu %%ymm2, 32(%0)\n"
      "1: pause\n cmpb $0, (%1)\n je 1b\n"
      :
      : "r"(secret), "r"(&stop)
      : "memory", "xmm0", "xmm1", "xmm2");
  waiting.join();
}

}  // namespace

int main(int count, char** values) {
  const std::string where = count > 1 ? values[1] : "";
  const uint64_t seed = count > 2 ? std::stoull(values[2]) : 0;
  if (where == "registers") {
    hold_in_registers(seed);
    return 0;
  }
  uint64_t secret[8];
  make_secret(seed, secret);
  if (where == "heap") {
    kept = new uint64_t[8];
    std::memcpy(const_cast<uint64_t*>(kept), secret, sizeof secret);
  } else if (where == "stack") {
    kept = secret;
  } else if (where == "data") {
    for (int i = 0; i < 8; ++i) in_data[i] = secret[i];
  } else if (where == "file") {
    const int file = open("/dev/shm/secret", O_RDWR | O_CREAT, 0600);
    if (write(file, secret, sizeof secret) != sizeof secret) return 1;
  } else if (where == "freed") {
    void* memory = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memcpy(memory, secret, sizeof secret);
    munmap(memory, 1 << 20);
  } else {
    return 2;
  }
  if (where != "stack") explicit_bzero(secret, sizeof secret);
  hold();
}
