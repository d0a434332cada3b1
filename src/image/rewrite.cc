#include "image/rewrite.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/branch_targets.h"
#include "image/gate.h"

namespace strongroom::image {
namespace {

constexpr uint64_t kJumpSize = 5;  // e9 rel32
constexpr size_t kMostBefore = 6;  // instructions that may move from before and from after the syscall
constexpr size_t kMostAfter = 3;
constexpr uint32_t kRtSigreturn = 15;

// One function with system calls or `cpuid`, decoded.
class FunctionRewriter {
 public:
  FunctionRewriter(const ElfFile& program, const std::vector<CodeRegion>& regions, const CodeRegion& region,
                   const BranchTargets& targets)
      : region_(region), targets_(targets) {
    complete_ = decode_region(disassembler_, region, [this](const Instruction& instruction) {
      instructions_.push_back(instruction);
    });
    known_jumps_ = has_known_jumps(program, regions);
  }

  void rewrite(RewritePlan& plan) {
    for (size_t i = 0; i < instructions_.size(); ++i) {
      if (!instructions_[i].is_syscall && !instructions_[i].is_cpuid) continue;
      RewriteSite site;
      site.address = instructions_[i].address;
      site.function = std::string(region_.name);
      site.function_offset = site.address - region_.begin;
      decide(i, site, plan);
      (instructions_[i].is_syscall ? plan.sites : plan.cpuid_sites).push_back(std::move(site));
    }
  }

 private:
  // A window of instructions around the site: [first, last].
  struct Window {
    size_t first;
    size_t last;
  };

  bool has_known_jumps(const ElfFile& program, const std::vector<CodeRegion>& regions) const {
    const bool indirect =
        std::any_of(instructions_.begin(), instructions_.end(),
                    [](const Instruction& instruction) { return instruction.indirect_jump(); });
    if (!indirect) return true;
    return std::any_of(instructions_.begin(), instructions_.end(), [&](const Instruction& instruction) {
      return instruction.is_lea && instruction.rip_reference &&
             BranchTargets::is_table_into(program, regions, *instruction.rip_reference, region_.begin,
                                          region_.end());
    });
  }

  [[nodiscard]] ByteView bytes_of(const Instruction& instruction) const {
    return region_.bytes.subspan(instruction.address - region_.begin, instruction.length);
  }

  // Whether the instruction may move into a gate.
  [[nodiscard]] bool can_move(const Instruction& instruction) const {
    return instruction.branch == BranchKind::kNone && disassembler_.is_movable(bytes_of(instruction));
  }
  // At the end of a window a branch may move, too: its target is known, and nothing follows it.
  [[nodiscard]] static bool can_end(const Instruction& instruction) {
    return instruction.branch == BranchKind::kReturn || instruction.branch == BranchKind::kConditional ||
           (instruction.branch == BranchKind::kJump && instruction.target);
  }

  // The smallest window of at least 5 bytes; of equal ones, that which takes more from before, because that
  // costs no jump back into the middle of the gate.
  [[nodiscard]] std::optional<Window> find_window(size_t site, std::string& refusal) const {
    std::optional<Window> best;
    bool blocked = false;
    size_t first = site;
    for (size_t before = 0; before <= kMostBefore; ++before) {
      size_t last = site;
      for (size_t after = 0; after <= kMostAfter; ++after) {
        const uint64_t begin = instructions_[first].address;
        const uint64_t end = instructions_[last].end();
        if (end - begin >= kJumpSize && begin >= free_from_) {
          if (targets_.any_in(begin + 1, end))
            blocked = true;
          else if (!best || last - first <= best->last - best->first)
            best = Window{first, last};
          break;
        }
        if (last + 1 >= instructions_.size() || (last != site && can_end(instructions_[last]))) break;
        if (!can_move(instructions_[last + 1]) && !can_end(instructions_[last + 1])) break;
        ++last;
      }
      if (first == 0 || !can_move(instructions_[first - 1])) break;
      --first;
    }
    if (!best)
      refusal = blocked ? "control comes to the instructions around it from elsewhere"
                        : "the instructions around it cannot be moved";
    return best;
  }

  void decide(size_t index, RewriteSite& site, RewritePlan& plan) {
    if (instructions_[index].is_syscall && index > 0 && instructions_[index - 1].sets_eax == kRtSigreturn)
      site.refusal = "rt_sigreturn: unwinders know the frame of a signal by these bytes";
    else if (!region_.is_function)
      site.refusal = "no symbol and no unwind entry covers it";
    else if (!complete_)
      site.refusal = "the function holds bytes that are no instructions";
    else if (!known_jumps_)
      site.refusal = "the function has an indirect jump whose targets are not known";
    if (!site.refusal.empty()) return;
    const std::optional<Window> window = find_window(index, site.refusal);
    if (!window) return;
    site.begin = instructions_[window->first].address;
    site.end = instructions_[window->last].end();
    GateBuilder gate(site.begin, plan.gates_size);
    for (size_t i = window->first; i <= window->last; ++i) {
      site.shape += (i == window->first ? "" : "; ") + std::string(instructions_[i].mnemonic);
      gate.add(instructions_[i], bytes_of(instructions_[i]));
    }
    plan.gates.push_back(gate.finish(site.end));
    plan.gates_size += plan.gates.back().code.size();
    free_from_ = site.end;
  }

  const CodeRegion& region_;
  const BranchTargets& targets_;
  Disassembler disassembler_;
  std::vector<Instruction> instructions_;
  bool complete_ = false;
  bool known_jumps_ = false;
  uint64_t free_from_ = 0;  // bytes before it belong to an earlier site
};

bool has_sites(const Disassembler& disassembler, const CodeRegion& region) {
  static constexpr uint8_t kSyscall[] = {0x0f, 0x05}, kCpuid[] = {0x0f, 0xa2};
  const auto holds = [&](const auto& code) {
    return std::search(region.bytes.begin(), region.bytes.end(), std::begin(code), std::end(code)) !=
           region.bytes.end();
  };
  if (!holds(kSyscall) && !holds(kCpuid)) return false;
  bool found = false;
  decode_region(disassembler, region, [&found](const Instruction& instruction) {
    found |= instruction.is_syscall || instruction.is_cpuid;
  });
  return found;
}

// For code that no function symbol covers: the symbol before it.
void name_by_nearest_symbol(const std::vector<ElfSymbol>& symbols, RewriteSite& site) {
  const ElfSymbol* nearest = nullptr;
  for (const ElfSymbol& symbol : symbols)
    if (symbol.section != SHN_UNDEF && symbol.section < SHN_LORESERVE && symbol.type != STT_TLS &&
        !symbol.name.empty() && symbol.address <= site.address &&
        (nearest == nullptr || symbol.address > nearest->address))
      nearest = &symbol;
  if (nearest == nullptr) return;
  site.function = std::string(nearest->name);
  site.function_offset = site.address - nearest->address;
}

}  // namespace

Result<RewritePlan> plan_rewrite(const ElfFile& program) {
  const std::vector<ElfSymbol> symbols = TRY(program.symbols());
  const Result<UnwindTables> unwind = read_unwind_tables(program);
  const std::vector<CodeRegion> regions =
      divide_code(program.loads(), symbols, unwind ? unwind->functions : std::vector<AddressRange>{});
  const UnwindTables tables = unwind.value_or(UnwindTables{});
  const BranchTargets targets = TRY(BranchTargets::collect(program, regions, tables, symbols));
  RewritePlan plan;
  const Disassembler disassembler;
  for (const CodeRegion& region : regions)
    if (has_sites(disassembler, region)) FunctionRewriter(program, regions, region, targets).rewrite(plan);
  for (auto* sites : {&plan.sites, &plan.cpuid_sites})
    for (RewriteSite& site : *sites)
      if (site.function.empty()) name_by_nearest_symbol(symbols, site);
  if (unwind) return plan;
  // Without the tables, landing pads are unknown, and nothing is certain.
  plan.gates.clear();
  plan.gates_size = 0;
  for (auto* sites : {&plan.sites, &plan.cpuid_sites})
    for (RewriteSite& site : *sites) site.refusal = unwind.error().message;
  return plan;
}

}  // namespace strongroom::image
