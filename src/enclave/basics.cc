#include "strongroom/enclave/basics.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "enclave/own_call.h"
#include "strongroom/enclave/memory.h"

namespace strongroom::enclave {

const arch::CallAreaPlace& place() {
  static const arch::CallAreaPlace found = [] {
    arch::CallAreaPlace out{};
    own_call<arch::OwnCall::kCallArea>(reinterpret_cast<uint64_t>(&out));
    return out;
  }();
  return found;
}

void random(std::span<uint8_t> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = getrandom(bytes.data(), bytes.size(), 0);
    if (count < 0 && errno != EINTR) std::abort();
    if (count > 0) bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void log(std::string_view line) noexcept {
  std::array<char, 4096> text;
  const size_t size = std::min(line.size(), text.size() - 1);
  std::transform(line.begin(), line.begin() + static_cast<ptrdiff_t>(size), text.begin(),
                 [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c; });
  text[size] = '\n';
  (void)!write(STDERR_FILENO, text.data(), size + 1);
}

void abort(std::string_view why) noexcept {
  log(why);
  std::abort();
}

namespace {
// False where the range runs past the end of the address space.
bool end_of(const void* pointer, size_t size, uint64_t& begin, uint64_t& end) {
  begin = reinterpret_cast<uint64_t>(pointer);
  return !__builtin_add_overflow(begin, size, &end);
}
}  // namespace

bool is_inside(const void* pointer, size_t size) noexcept {
  uint64_t begin = 0, end = 0;
  const arch::CallAreaPlace& here = place();
  return end_of(pointer, size, begin, end) && begin >= here.enclave_address &&
         begin - here.enclave_address < here.enclave_size && end - here.enclave_address <= here.enclave_size;
}

bool is_outside(const void* pointer, size_t size) noexcept {
  uint64_t begin = 0, end = 0;
  const arch::CallAreaPlace& here = place();
  if (!end_of(pointer, size, begin, end)) return false;
  if (size == 0) end = begin + 1;
  return end <= here.enclave_address || begin >= here.enclave_address + here.enclave_size;
}

}  // namespace strongroom::enclave
