// How fast MRENCLAVE is computed, against SHA-256 over a stream of the same length: the difference is what
// putting the records together costs. Bytes are those of the enclave, not of the stream (which has 5184 for
// 4096).
#include <benchmark/benchmark.h>

#include "arch/measurement.h"

namespace strongroom::arch {
namespace {

constexpr size_t kContentSize = size_t{4} << 20;

void measure(benchmark::State& state) {
  const Bytes content(kContentSize, 0x5a);
  const PageRange range{.offset = 0, .size = kContentSize, .permissions = kRead};
  for (auto _ : state) {
    MeasurementBuilder builder = MeasurementBuilder::create(kContentSize, 1).value();
    if (!builder.add_pages(range, content)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(builder.finish());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kContentSize));
}
BENCHMARK(measure);

void sha256_of_the_same_stream(benchmark::State& state) {
  const Bytes stream(64 + kContentSize / kPageSize * 5184, 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(stream));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kContentSize));
}
BENCHMARK(sha256_of_the_same_stream);

}  // namespace
}  // namespace strongroom::arch
