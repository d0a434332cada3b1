// Every address in a program's code to which control can come other than from the instruction before: the
// addresses that no moved bytes may hide.
//
// The set is deliberately too large; what is in it without need costs a trap, what is missing would break the
// program. It holds:
//  1. targets of direct branches in all decoded code; where code does not decode, of every byte sequence that
//     could be one;
//  2. addresses of code that `lea` computes, and every symbol, function start of the unwind tables, and the
//     entry point: function pointers, labels;
//  3. addends of relocations that point into code: function pointers, vtables, tables of labels in data;
//  4. jump tables: compilers reach one by `lea TABLE(%rip)`, and its entries are aligned 4-byte offsets from
//     TABLE, so every table that any `lea` names is read, as far as its entries lead into code;
//  5. landing pads of exceptions and of thread cancellation.
// Return addresses are not in it: they stand behind a call, and calls are never moved. An address computed by
// other means does not occur in compiled code; hand-written code that jumps to a label plus a multiple of a
// size does (unrolled loops), so a function with an indirect jump for which no table is found keeps its
// traps.
#pragma once

#include "image/code_regions.h"

namespace strongroom::image {

class BranchTargets {
 public:
  // Fails where relocations or symbols cannot be read.
  static Result<BranchTargets> collect(const ElfFile& program, const std::vector<CodeRegion>& regions,
                                       const UnwindTables& unwind, const std::vector<ElfSymbol>& symbols);

  // Whether control may come to an address in [begin, end).
  [[nodiscard]] bool any_in(uint64_t begin, uint64_t end) const;

  // Whether `table` starts a jump table that has an entry inside [begin, end).
  [[nodiscard]] static bool is_table_into(const ElfFile& program, const std::vector<CodeRegion>& regions,
                                          uint64_t table, uint64_t begin, uint64_t end);

 private:
  std::vector<uint64_t> targets_;  // ascending
};

}  // namespace strongroom::image
