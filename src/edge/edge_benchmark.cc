// How long the compiler takes for 1,000 functions (target: under one second), and what marshalling costs
// without a boundary: an empty call, and a 1 MiB [in] buffer against the two copies that it takes (host to
// exchange, exchange to enclave).
#include <benchmark/benchmark.h>

#include <cstring>

#include "edge/calls_fixture.h"
#include "edge/compile.h"
#include "edge/generate.h"

namespace {

std::string thousand_functions() {
  std::string text =
      "enclave {\n  struct Record { uint32_t length; [size=length] void* data; uint64_t key; };\n";
  for (const char* block : {"trusted", "untrusted"}) {
    text += std::string("  ") + block + " {\n";
    for (int i = 0; i < 500; ++i) {
      text += std::string(block[0] == 't' ? "    public int " : "    int ") + block + "_function_" +
              std::to_string(i) +
              "([in, count=n] const uint8_t* data, size_t n, [in, string] const char* name,\n"
              "        [in, out, count=records] Record* all, uint32_t records, [out] double* result, int "
              "flags);\n";
    }
    text += "  };\n";
  }
  return text + "};\n";
}

void compile_thousand_functions(benchmark::State& state) {
  using namespace strongroom::edl;
  const std::string text = thousand_functions();
  CompileOptions options;
  options.load = [&text](const std::string&) -> strongroom::Result<std::string> { return text; };
  for (auto _ : state) {
    const auto compilation = compile("thousand.edl", options);
    if (!compilation || !compilation->diagnostics.empty()) {
      state.SkipWithError("the benchmark's own file has errors");
      break;
    }
    benchmark::DoNotOptimize(generate(compilation->interface, {}));
  }
}
BENCHMARK(compile_thousand_functions)->Unit(benchmark::kMillisecond);

void empty_call(benchmark::State& state) {
  strongroom::edge::TwoSides sides;
  for (auto _ : state) benchmark::DoNotOptimize(sides.enclave.empty());
}
BENCHMARK(empty_call);

void one_mebibyte_in(benchmark::State& state) {
  strongroom::edge::TwoSides sides;
  const std::vector<uint8_t> data(size_t{1} << 20, 1);
  for (auto _ : state) benchmark::DoNotOptimize(sides.enclave.from_host(data));
}
BENCHMARK(one_mebibyte_in)->Unit(benchmark::kMicrosecond);

void one_mebibyte_copied_twice(benchmark::State& state) {
  const std::vector<uint8_t> data(size_t{1} << 20, 1);
  std::vector<uint8_t> exchange(data.size());
  std::vector<uint8_t> enclave(data.size());
  for (auto _ : state) {
    std::memcpy(exchange.data(), data.data(), data.size());
    benchmark::DoNotOptimize(exchange.data());
    benchmark::ClobberMemory();
    std::memcpy(enclave.data(), exchange.data(), data.size());
    benchmark::DoNotOptimize(enclave.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(one_mebibyte_copied_twice)->Unit(benchmark::kMicrosecond);

}  // namespace
