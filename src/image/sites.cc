#include "image/sites.h"

#include <algorithm>

#include "image/code_regions.h"
#include "image/image_builder.h"

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

// Which of the kernel's functions the gate at this offset leads to; 0: none.
uint64_t end_of_gate(const ImageView& image, const Disassembler& disassembler, uint64_t offset) {
  constexpr int kMostInstructions = 16;  // a gate is a window of a few, and the way on
  const arch::ImageHeader& header = image.header();
  for (const ImageSegment& segment : image.segments()) {
    if (offset < segment.offset || offset - segment.offset >= segment.contents.size()) continue;
    ByteView code = segment.contents.subspan(offset - segment.offset);
    for (int i = 0; i < kMostInstructions; ++i) {
      const auto instruction = disassembler.decode(code, offset);
      if (!instruction) return 0;
      if (instruction->target && contains(header.kernel, *instruction->target)) return *instruction->target;
      offset += instruction->length;
      code = code.subspan(instruction->length);
    }
  }
  return 0;
}

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
  const Result<uint64_t> cpuid_gate = image.kernel_function(kKernelCpuidGate);
  for (const CodeRegion& region : divide_code(loads, symbols, {}))
    decode_region(disassembler, region, [&](const Instruction& instruction) {
      if (instruction.branch == BranchKind::kJump && instruction.target &&
          contains(header.gates, *instruction.target)) {
        const uint64_t end = end_of_gate(image, disassembler, *instruction.target);
        ++(cpuid_gate && end == *cpuid_gate ? report.rewritten_cpuids : report.rewritten_syscalls);
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
