// Enclave files of other tools from untrusted bytes: the input as a whole, and as a stream with the SIGSTRUCT
// at its end. What is read must make a report.
#include <cstdlib>

#include "image/sgx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;
  const ByteView bytes(data, size);
  const auto check = [](ByteView file, ByteView signature) {
    const auto report = image::inspect_sgx(file, signature, 1 << 20);
    if (!report) return;
    if (report->holds() && !report->sigstruct) std::abort();
    if (image::to_text(*report).empty() || image::to_json(*report).empty()) std::abort();
  };
  check(bytes, {});
  if (size > sizeof(arch::Sigstruct))
    check(bytes.first(size - sizeof(arch::Sigstruct)), bytes.last(sizeof(arch::Sigstruct)));
  return 0;
}
