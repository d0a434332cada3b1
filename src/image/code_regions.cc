#include "image/code_regions.h"

#include <algorithm>

namespace strongroom::image {
namespace {

struct Function {
  uint64_t begin;
  uint64_t end;
  std::string_view name;
};

std::vector<Function> sorted_functions(const std::vector<ElfSymbol>& symbols,
                                       const std::vector<AddressRange>& unwound) {
  std::vector<Function> functions;
  for (const ElfSymbol& symbol : symbols)
    if ((symbol.type == STT_FUNC || symbol.type == STT_GNU_IFUNC) && symbol.section != SHN_UNDEF &&
        symbol.size != 0 && symbol.address + symbol.size > symbol.address)
      functions.push_back(Function{symbol.address, symbol.address + symbol.size, symbol.name});
  for (const AddressRange& range : unwound)
    if (range.end > range.begin) functions.push_back(Function{range.begin, range.end, ""});
  // At one address, a named function before an unnamed one, then by name: aliases give the same result in any
  // order of the table.
  std::sort(functions.begin(), functions.end(), [](const Function& a, const Function& b) {
    return std::tuple(a.begin, a.name.empty(), a.name, a.end) <
           std::tuple(b.begin, b.name.empty(), b.name, b.end);
  });
  return functions;
}

}  // namespace

std::vector<CodeRegion> divide_code(const std::vector<ElfSegment>& loads,
                                    const std::vector<ElfSymbol>& symbols,
                                    const std::vector<AddressRange>& unwound) {
  const std::vector<Function> functions = sorted_functions(symbols, unwound);
  std::vector<CodeRegion> regions;
  for (const ElfSegment& load : loads) {
    if (!load.executable()) continue;
    uint64_t next = load.address;
    const uint64_t load_end = load.address + load.contents.size();
    const auto add = [&](uint64_t end, std::string_view name, bool is_function) {
      if (end > next)
        regions.push_back(
            CodeRegion{next, load.contents.subspan(next - load.address, end - next), name, is_function});
      next = std::max(next, end);
    };
    for (const Function& function : functions) {
      if (function.begin < next || function.end > load_end) continue;
      add(function.begin, "", false);
      add(function.end, function.name, true);
    }
    add(load_end, "", false);
  }
  return regions;
}

bool decode_region(const Disassembler& disassembler, const CodeRegion& region,
                   const std::function<void(const Instruction&)>& visit) {
  bool complete = true;
  for (size_t position = 0; position < region.bytes.size();) {
    const auto instruction = disassembler.decode(region.bytes.subspan(position), region.begin + position);
    if (!instruction) {
      complete = false;
      ++position;
      continue;
    }
    visit(*instruction);
    position += instruction->length;
  }
  return complete;
}

}  // namespace strongroom::image
