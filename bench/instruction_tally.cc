#include "instruction_tally.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>

namespace strongroom::bench {
namespace {

// So many instructions from one PAUSE to the next are a loop that waits.
constexpr size_t kClose = 48;

// What one thread has executed since its last PAUSE, as long as that may turn out to have been waiting.
struct Recent {
  uint64_t last = 0;
  bool paused = false;
  size_t size = 0;
  std::array<InstructionTally*, kClose> tallies{};
  std::array<std::atomic<uint32_t>*, kClose> counts{};
};
thread_local Recent recent;
std::atomic<bool> is_enabled{false};

bool is_pause(const uint8_t* code) {
  return code[0] == 0xf3 && code[1] == 0x90;
}
// REP or REPNE before a string instruction, with or without REX.
bool is_repeated(const uint8_t* code) {
  if (code[0] != 0xf3 && code[0] != 0xf2) return false;
  const uint8_t opcode = (code[1] & 0xf0) == 0x40 ? code[2] : code[1];
  return (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf);
}

// "ns::Class::function" of a symbol: without types, which may be hundreds of characters.
std::string plain_name(std::string_view symbol) {
  const std::string mangled(symbol);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free);
  if (name == nullptr) return mangled;
  std::string plain;
  int depth = 0;
  std::string_view rest = name.get();
  constexpr std::string_view kNone = "(anonymous namespace)::";
  while (!rest.empty()) {
    if (rest.starts_with(kNone)) {
      rest.remove_prefix(kNone.size());
      continue;
    }
    const char character = rest.front();
    rest.remove_prefix(1);
    if (character == '(' && depth == 0) break;
    if (character == '<') ++depth;
    if (depth == 0) plain += character == ' ' ? '\0' : character;
    if (character == '>') --depth;
  }
  return plain.substr(plain.find('\0') == std::string::npos ? 0 : plain.rfind('\0') + 1);
}

}  // namespace

Result<void> InstructionTally::leave_out(const image::ElfFile& file, std::string_view function) {
  for (const image::ElfSymbol& symbol : TRY(file.symbols())) {
    if (symbol.type != STT_FUNC || plain_name(symbol.name) != function) continue;
    waits_begin_ = symbol.address + bias_;
    waits_size_ = symbol.size;
    return {};
  }
  return fail(ErrorCode::kNotFound, fmt::format("the program has no function {}", function));
}

void InstructionTally::count(uint64_t rip) {
  if (rip - waits_begin_ < waits_size_) return;
  const auto* const code = reinterpret_cast<const uint8_t*>(rip);
  const bool repeats = rip == recent.last && is_repeated(code);
  recent.last = rip;
  if (repeats) return;
  if (is_pause(code)) {
    if (!recent.paused) settle();
    recent.paused = true;
    recent.size = 0;
    return;
  }
  if (!recent.paused) return add(counts_[rip - begin_]);
  // A thread may come out of the enclave meanwhile.
  recent.tallies[recent.size] = this;
  recent.counts[recent.size++] = &counts_[rip - begin_];
  if (recent.size == kClose) settle();
}

void InstructionTally::settle() {
  for (size_t i = 0; i < recent.size; ++i) recent.tallies[i]->add(*recent.counts[i]);
  recent.size = 0;
  recent.paused = false;
}

void InstructionTally::enable(bool enabled) {
  is_enabled.store(enabled, std::memory_order_relaxed);
}

void InstructionTally::add(std::atomic<uint32_t>& count) {
  if (!is_enabled.load(std::memory_order_relaxed)) return;
  count.fetch_add(1, std::memory_order_relaxed);
  total_.fetch_add(1, std::memory_order_relaxed);
}

Result<std::vector<FunctionCount>> InstructionTally::by_function(const image::ElfFile& file) const {
  // By the end of each function.
  std::map<uint64_t, image::ElfSymbol> functions;
  for (const image::ElfSymbol& symbol : TRY(file.symbols())) {
    if (symbol.type != STT_FUNC) continue;
    functions.insert_or_assign(symbol.address, symbol);
  }
  std::map<std::string, uint64_t> sums;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const uint32_t count = counts_[i].load(std::memory_order_relaxed);
    if (count == 0) continue;
    const auto after = functions.upper_bound(begin_ + i - bias_);
    sums[after == functions.begin() ? "?" : plain_name(std::prev(after)->second.name)] += count;
  }
  std::vector<FunctionCount> list;
  for (const auto& [name, count] : sums) list.push_back({name, count});
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.instructions > b.instructions; });
  return list;
}

}  // namespace strongroom::bench
