// Any bytes as a request to the enclave of testdata/run/calls.edl, and any bytes over the answers of the
// host: the enclave answers, and stays whole.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "edge/calls_fixture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::edge;
  static TwoSides sides;
  if (size < 2) return 0;
  const size_t answer_size = std::min<size_t>(data[0], size - 2);
  const RequestHeader header{calls::kDigest_, data[1], 0};
  const uint8_t* answer = data + 2;
  sides.to_host.after = [answer, answer_size](std::span<uint8_t> memory) {
    // Exclusive-ored: a zero leaves what the host answered.
    for (size_t i = 0; i < std::min(answer_size, memory.size()); ++i) memory[i] ^= answer[i];
  };
  std::vector<uint8_t> memory(sizeof header + size - 2 - answer_size);
  std::memcpy(memory.data(), &header, sizeof header);
  if (memory.size() > sizeof header)
    std::memcpy(memory.data() + sizeof header, answer + answer_size, memory.size() - sizeof header);
  const size_t request_size = memory.size();
  memory.resize(std::max<size_t>(request_size, 512));
  ServerCall call{memory, request_size, sides.enclave_arena, &sides.to_host};
  calls::serve(call);
  if (sides.enclave_arena.mark() != 0 || sides.to_host.used() != 0) std::abort();
  return 0;
}
