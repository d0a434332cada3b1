// SIGSTRUCT from untrusted bytes. What is accepted must be exactly what find_fault() accepts, and must lose
// that with any one changed byte (the input's last byte chooses which).
#include <cstdlib>
#include <cstring>

#include "arch/einit.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;
  using namespace strongroom::arch;
  const ByteView bytes(data, size);
  const auto parsed = parse_sigstruct(bytes.first(std::min(size, sizeof(Sigstruct))));
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  EinitInput input;
  input.measurement = enclave_measurement(*parsed);
  input.attributes = parsed->attributes;
  input.misc_select = parsed->misc_select;
  (void)einit(*parsed, input);

  Sigstruct changed = *parsed;
  const size_t at = (size_t{data[size - 1]} * 7919 + size) % sizeof(Sigstruct);
  reinterpret_cast<uint8_t*>(&changed)[at] ^= 0x40;
  if (!find_fault(changed)) std::abort();
  return 0;
}
