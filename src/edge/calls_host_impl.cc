// The host of testdata/run/calls.edl.
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "edge/calls_fixture.h"

namespace strongroom::edge {

int TestHost::callback(int depth) {
  const Result<int> result = depth % 2 == 0 ? enclave_.calls_back(depth) : enclave_.inner(depth);
  if (!result) throw std::runtime_error(result.error().message);
  return *result;
}

int TestHost::host_errno(int value) {
  errno = value;
  return -1;
}

void TestHost::give(std::span<uint8_t> bytes, bool& flag) {
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  flag = true;
}

void TestHost::throws(std::string_view text) {
  throw std::invalid_argument("cannot open: " + std::string(text));
}

void TestHost::exchange(std::span<calls::Buffer> buffers) {
  for (calls::Buffer& buffer : buffers) {
    std::memset(buffer.data, 5, buffer.length);
    buffer.length /= 2;
  }
}

void TestHost::reenter() {
  const Result<int> result = enclave_.add(1, 2);
  reentry_error = result ? "" : result.error().message;
}

}  // namespace strongroom::edge
