// Every field lies inside of the evidence, whatever the bytes are.
#include <cstdlib>

#include "attest/structure/structure.h"

namespace {

void check(const std::vector<strongroom::attest::Field>& fields, size_t size) {
  for (const auto& field : fields) {
    if (field.offset > size || field.size > size - field.offset) std::abort();
    check(field.children, size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check(strongroom::attest::structure_of({data, size}), size);
  return 0;
}
