#include "image/sites.h"

#include <algorithm>

#include "image/code_regions.h"

namespace strongroom::image {
namespace {

bool contains(const arch::ImageRange& range, uint64_t offset) {
  return offset >= range.offset && offset - range.offset < range.size;
}

// Symbols in ascending order, for names of code that no function covers.
class NearestSymbol {
 public:
  explicit NearestSymbol(std::vector<ElfSymbol> symbols) : symbols_(std::move(symbols)) {
    std::stable_sort(symbols_.begin(), symbols_.end(),
                     [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
  }
  [[nodiscard]] const ElfSymbol* before(uint64_t offset) const {
    const auto after =
        std::upper_bound(symbols_.begin(), symbols_.end(), offset,
                         [](uint64_t value, const ElfSymbol& symbol) { return value < symbol.address; });
    return after == symbols_.begin() ? nullptr : &*std::prev(after);
  }

 private:
  std::vector<ElfSymbol> symbols_;
};

}  // namespace

Result<SiteReport> find_sites(const ImageView& image) {
  const arch::ImageHeader& header = image.header();
  std::vector<ElfSegment> loads;
  for (const ElfSegment& load : image.elf().loads())
    if (contains(header.program, load.address)) loads.push_back(load);
  std::vector<ElfSymbol> symbols;
  for (const ElfSymbol& symbol : TRY(image.elf().symbols()))
    if (contains(header.program, symbol.address)) symbols.push_back(symbol);

  SiteReport report;
  for (const char* name : {"cpuid", "rdtsc", "rdtscp"}) report.others[name];
  const Disassembler disassembler;
  const NearestSymbol nearest(symbols);
  for (const CodeRegion& region : divide_code(loads, symbols, {}))
    decode_region(disassembler, region, [&](const Instruction& instruction) {
      if (instruction.branch == BranchKind::kJump && instruction.target &&
          contains(header.gates, *instruction.target)) {
        ++report.rewritten_syscalls;
        return;
      }
      const std::optional<std::string_view> name = sensitive_instruction(instruction);
      if (!name && !instruction.is_syscall) return;
      CodeSite site{instruction.address, std::string(region.name), instruction.address - region.begin,
                    region.is_function};
      const ElfSymbol* before = region.is_function ? nullptr : nearest.before(instruction.address);
      if (before != nullptr) {
        site.function = std::string(before->name);
        site.function_offset = instruction.address - before->address;
      }
      (instruction.is_syscall ? report.trapping_syscalls : report.others[std::string(*name)]).push_back(site);
    });
  return report;
}

}  // namespace strongroom::image
