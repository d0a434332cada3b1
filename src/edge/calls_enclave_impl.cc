// The enclave of testdata/run/calls.edl.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <cwctype>
#include <numeric>
#include <stdexcept>

#include "edge/calls_fixture.h"

namespace strongroom::edge {

EnclaveObservations& observed() {
  thread_local EnclaveObservations observations;
  return observations;
}

}  // namespace strongroom::edge

namespace calls::ecall {

using strongroom::edge::observed;

// Arguments are the host's: sums of them wrap around.
template <typename T>
T wrapping_sum(T a, T b) {
  T sum;
  static_cast<void>(__builtin_add_overflow(a, b, &sum));
  return sum;
}

int twice(int value) {
  return wrapping_sum(value, value);
}
int32_t add(int32_t a, int32_t b) {
  return wrapping_sum(a, b);
}
unsigned long long wide(unsigned long long value, long double extended, bool yes, wchar_t letter) {
  return value + (extended > 0 && extended < 1e18L ? static_cast<unsigned long long>(extended) : 0) +
         (yes ? 1 : 0) + static_cast<unsigned long long>(letter);
}
Color next_color(Color color) {
  return color == RED ? GREEN : color == GREEN ? BLUE : RED;
}
Point mirror(const Point& point, const Word& word) {
  Point out;
  std::memset(static_cast<void*>(&out), 0xa5, sizeof out);  // a secret in the padding
  out.tag = word.bytes[0];
  out.x = point.x + 1;
  out.lit = !point.lit;
  out.weight = -point.weight;
  return out;
}
uint64_t sum(std::span<const uint32_t> values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}
void fill(std::span<uint8_t> values) {
  for (size_t i = 0; i + 1 < values.size(); ++i) values[i] = static_cast<uint8_t>(i + 1);
}
void scale(std::span<float> values, uint32_t /*n*/, float factor) {
  for (float& value : values) value *= factor;
}
void merge(std::span<const int> a, std::span<const int> b, std::span<int> sum) {
  for (size_t i = 0; i < a.size(); ++i) sum[i] = wrapping_sum(a[i], b[i]);
}
void blob(std::span<const uint8_t> data, std::span<uint8_t, 32> digest) {
  for (size_t i = 0; i < data.size(); ++i) digest[i % 32] = static_cast<uint8_t>(digest[i % 32] ^ data[i]);
}
void records(std::span<uint8_t> data, size_t n, size_t width) {
  for (size_t i = 0; i < n; ++i) std::reverse(&data[i * width], &data[i * width] + width);
}
size_t length_of(std::string_view text) {
  observed().null_text = text.data() == nullptr;
  if (text.data() != nullptr && std::strlen(text.data()) != text.size())
    throw std::logic_error("not terminated");
  return text.size();
}
size_t wide_length_of(std::wstring_view text) {
  return text.size();
}
void upper(std::span<char> text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}
void wide_upper(std::span<wchar_t> text) {
  for (wchar_t& c : text) c = c == L'!' ? L'x' : static_cast<wchar_t>(std::towupper(static_cast<wint_t>(c)));
  if (text[0] == L'?') std::fill(text.begin(), text.end(), L'z');
}
void one(const Point& from, Point& to, int64_t& counter) {
  observed().point = from;
  to.x = from.x * 2;
  counter = wrapping_sum(counter, int64_t{1});
}
void matrix(std::span<const int[3], 2> a, std::span<int[2], 3> b, std::span<uint8_t, LENGTH> c) {
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 3; ++j) b[j][i] = a[i][j];
  }
  std::reverse(c.begin(), c.end());
}
uint64_t gather(std::span<const Buffer> buffers) {
  uint64_t total = 0;
  for (const Buffer& buffer : buffers) {
    const auto* bytes = static_cast<const uint8_t*>(buffer.data);
    if (bytes != nullptr) total = std::accumulate(bytes, bytes + buffer.length, total);
  }
  return total;
}
void invert(std::span<Buffer> buffers) {
  for (const Buffer& buffer : buffers) {
    auto* bytes = static_cast<uint8_t*>(buffer.data);
    for (size_t i = 0; bytes != nullptr && i < buffer.length; ++i) bytes[i] = static_cast<uint8_t>(~bytes[i]);
  }
}
void shrink(Buffer& buffer, size_t to) {
  if (buffer.data != nullptr) std::memset(buffer.data, 7, buffer.length);
  buffer.length = to;
}
void cheat(Buffer& buffer, uint32_t how) {
  static uint8_t secret[64] = "secret of the enclave";
  if (how == 0) buffer.data = secret;
  if (how == 1) buffer.length = 1 << 20;
}
void table(Table& table) {
  for (uint32_t i = 0; i < table.rows_used; ++i) {
    if (table.rows == nullptr) break;
    Row& row = table.rows[i];
    if (row.points == nullptr) continue;
    for (uint32_t j = 0; j < row.count; ++j) row.points[j].x += row.pair == nullptr ? 0U : row.pair[j % 2];
  }
  if (table.name.data != nullptr) std::memset(table.name.data, 'n', table.name.length);
}
void foreign(const struct packet& from, struct packet& to, handle_t handle) {
  observed().handle = handle;
#ifndef __clang__                                         // see foreign.h
  std::memset(static_cast<void*>(&to), 0xa5, sizeof to);  // a secret in the padding
#endif
  to.kind = from.kind;
  to.value = from.value + 1;
}
void hidden(std::span<const uint8_t> data, uint16_t single, triple_t& three) {
  three[0] = data.empty() ? 0 : data[0];
  three[1] = single;
  three[2] = static_cast<int32_t>(data.size());
}
int fails(uint32_t& cleared, uint32_t& kept, int how) {
  cleared = 77;
  kept = 88;
  if (how == 1) throw std::runtime_error("the patient's file is closed");
  if (how == 2) throw 3;
  return how;
}
int with_errno(int value) {
  errno = value;
  return -1;
}
int calls_back(int depth) {
  if (depth <= 0 || depth > 32) return 1;
  const auto result = host::callback(depth - 1);
  if (!result) {
    observed().host_error = result.error().message;
    return -1;
  }
  return wrapping_sum(*result, 1);
}
int reads_twice(std::span<const uint8_t> data) {
  const auto checksum = [&data] { return std::accumulate(data.begin(), data.end(), uint64_t{0}); };
  const uint64_t first = checksum();
  for (int i = 0; i < 8; ++i) {
    if (checksum() != first) return 1;
  }
  return 0;
}
void keywords(int class_, int new_, int errno_, int signature) {
  observed().keywords = {class_, new_, errno_, signature};
}
void empty() {
  observed().switchless_ran = true;
}
void flags(std::span<const bool> flags, uint32_t& set) {
  set = static_cast<uint32_t>(std::count(flags.begin(), flags.end(), true));
}

// Makes the ocall that the first byte names, and reports how it went.
int from_host(std::span<const uint8_t> request) {
  std::string& error = observed().host_error;
  error.clear();
  const auto keep = [&error](const auto& result) {
    if (!result) error = result.error().message;
    return result.has_value() ? 0 : -1;
  };
  uint8_t bytes[16];
  std::memset(bytes, 0xcc, sizeof bytes);
  bool flag = false;
  switch (request.empty() ? 0 : request[0]) {
    case 'n':
      return keep(host::note("from inside"));
    case 'e': {
      errno = 0;
      const auto result = host::host_errno(13);
      return keep(result) == 0 ? errno : -1;
    }
    case 'g': {
      const int status = keep(host::give(bytes, flag));
      const bool clear =
          std::all_of(std::begin(bytes), std::end(bytes), [](uint8_t byte) { return byte == 0; });
      return status == 0 ? bytes[3] + (flag ? 100 : 0) : clear && !flag ? -1 : -2;
    }
    case 't':
      return keep(host::throws("no such file"));
    case 'x': {
      Buffer buffers[2] = {{8, bytes}, {8, bytes + 8}};
      const int status = keep(host::exchange(buffers));
      if (buffers[0].data != bytes || buffers[1].data != bytes + 8) return -3;  // the host moved a pointer
      return status == 0 ? static_cast<int>(buffers[0].length) : status;
    }
    case 'r':
      return keep(host::reenter());
    case 'p': {
      Point point;
      std::memset(static_cast<void*>(&point), 0xa5, sizeof point);  // a secret in the padding
      point.tag = 1;
      point.x = 2;
      point.lit = true;
      point.weight = 3;
      return keep(host::take(point));
    }
    default:
      return -9;
  }
}
int inner(int depth) {
  ++observed().entered;
  return wrapping_sum(10, depth);
}
int hidden_call() {
  ++observed().entered;
  return 1;
}

}  // namespace calls::ecall
