#include "image/branch_targets.h"

#include <algorithm>

namespace strongroom::image {
namespace {

constexpr size_t kMaximumTableEntries = 65536;

bool in_code(const std::vector<CodeRegion>& regions, uint64_t address) {
  if (regions.empty()) return false;
  const auto after =
      std::upper_bound(regions.begin(), regions.end(), address,
                       [](uint64_t value, const CodeRegion& region) { return value < region.begin; });
  return after != regions.begin() && address < std::prev(after)->end();
}

int32_t signed_at(ByteView bytes, size_t position) {
  int32_t value;
  std::memcpy(&value, bytes.data() + position, sizeof value);
  return value;
}

// The entries of the table at `table`, as addresses, as long as `accept` takes them.
template <typename Accept>
void read_table(const ElfFile& program, uint64_t table, Accept accept) {
  const Result<ByteView> bytes = program.bytes_from(table, "jump table");
  if (!bytes) return;
  for (size_t i = 0; i < kMaximumTableEntries && (i + 1) * sizeof(int32_t) <= bytes->size(); ++i)
    if (!accept(table + static_cast<uint64_t>(int64_t{signed_at(*bytes, i * sizeof(int32_t))}))) return;
}

// Where the bytes of a region are not all instructions, anything that looks like a branch counts as one.
void add_possible_branches(const CodeRegion& region, std::vector<uint64_t>& out) {
  const ByteView bytes = region.bytes;
  for (size_t i = 0; i + 2 <= bytes.size(); ++i) {
    const uint64_t address = region.begin + i;
    const uint8_t opcode = bytes[i];
    if (opcode == 0xeb || (opcode & 0xf0) == 0x70 || (opcode & 0xfc) == 0xe0)
      out.push_back(address + 2 + static_cast<uint64_t>(int64_t{static_cast<int8_t>(bytes[i + 1])}));
    if ((opcode == 0xe8 || opcode == 0xe9) && i + 5 <= bytes.size())
      out.push_back(address + 5 + static_cast<uint64_t>(int64_t{signed_at(bytes, i + 1)}));
    if (opcode == 0x0f && (bytes[i + 1] & 0xf0) == 0x80 && i + 6 <= bytes.size())
      out.push_back(address + 6 + static_cast<uint64_t>(int64_t{signed_at(bytes, i + 2)}));
  }
}

}  // namespace

Result<BranchTargets> BranchTargets::collect(const ElfFile& program, const std::vector<CodeRegion>& regions,
                                             const UnwindTables& unwind,
                                             const std::vector<ElfSymbol>& symbols) {
  std::vector<uint64_t> targets = unwind.landing_pads;
  targets.push_back(program.entry());
  for (const AddressRange& function : unwind.functions) targets.push_back(function.begin);
  for (const ElfSymbol& symbol : symbols) targets.push_back(symbol.address);
  for (const Elf64_Rela& relocation : TRY(read_relocations(program)))
    targets.push_back(static_cast<uint64_t>(relocation.r_addend));

  std::vector<uint64_t> tables;
  const Disassembler disassembler;
  for (const CodeRegion& region : regions) {
    const bool complete = decode_region(disassembler, region, [&](const Instruction& instruction) {
      if (instruction.target) targets.push_back(*instruction.target);
      if (!instruction.is_lea || !instruction.rip_reference) return;
      if (in_code(regions, *instruction.rip_reference))
        targets.push_back(*instruction.rip_reference);
      else if (*instruction.rip_reference % sizeof(int32_t) == 0)
        tables.push_back(*instruction.rip_reference);
    });
    if (!complete) add_possible_branches(region, targets);
  }
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  for (const uint64_t table : tables)
    read_table(program, table, [&](uint64_t address) {
      if (!in_code(regions, address)) return false;
      targets.push_back(address);
      return true;
    });

  BranchTargets result;
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  result.targets_ = std::move(targets);
  return result;
}

bool BranchTargets::any_in(uint64_t begin, uint64_t end) const {
  const auto first = std::lower_bound(targets_.begin(), targets_.end(), begin);
  return first != targets_.end() && *first < end;
}

bool BranchTargets::is_table_into(const ElfFile& program, const std::vector<CodeRegion>& regions,
                                  uint64_t table, uint64_t begin, uint64_t end) {
  bool found = false;
  read_table(program, table, [&](uint64_t address) {
    found = address >= begin && address < end;
    return !found && in_code(regions, address);
  });
  return found;
}

}  // namespace strongroom::image
