#include "preload/abort_page.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "preload/driver.h"
#include "preload/real.h"

namespace strongroom::sgx {
namespace {

constexpr uint64_t kOnes = uint64_t{2} << 20;  // bytes of them in the file
int ones_fd = -1;

int make_ones() {
  const int fd = static_cast<int>(syscall(SYS_memfd_create, "abort page", MFD_CLOEXEC));
  if (fd < 0 || ftruncate(fd, kOnes) != 0) return -1;
  void* const memory = real::mmap(nullptr, kOnes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return -1;
  std::memset(memory, 0xff, kOnes);
  real::munmap(memory, kOnes);
  return fd;
}

}  // namespace

bool choose_abort_page() {
  const char* const wanted = std::getenv("STRONGROOM_SGX_EMULATOR_ABORT_PAGE");
  const std::string_view value = wanted == nullptr ? "" : wanted;
  if (value.empty() || value == "0") return true;
  if (value == "1") ones_fd = make_ones();
  return ones_fd >= 0;
}

bool has_abort_page() {
  return ones_fd >= 0;
}

void map_ones(uint64_t start, uint64_t size, bool readable) {
  for (uint64_t done = 0; done < size; done += kOnes)
    real::mmap(reinterpret_cast<void*>(start + done), std::min(kOnes, size - done),
               readable ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_FIXED, ones_fd, 0);
}

void note_transition(const EpcPage* from, const EpcPage* to) {
  if (from == to || !has_abort_page()) return;
  // None where the program has closed and unmapped it meanwhile.
  Device* const left = from == nullptr ? nullptr : find_device_of(*from);
  Device* const entered = to == nullptr ? nullptr : find_device_of(*to);
  if (left != nullptr) left->leave();
  if (entered != nullptr) entered->enter();
}

}  // namespace strongroom::sgx
