// A program's executable bytes divided into functions and what lies between them, so that decoding starts
// where an instruction starts.
#pragma once

#include <functional>
#include <string>

#include "image/elf_file.h"
#include "image/instruction.h"
#include "image/unwind_tables.h"

namespace strongroom::image {

struct CodeRegion {
  uint64_t begin = 0;
  ByteView bytes;
  std::string_view name;     // of the function; empty where there is no symbol
  bool is_function = false;  // false: between functions, decoded by linear sweep

  [[nodiscard]] uint64_t end() const { return begin + bytes.size(); }
};

// The regions of all executable segments, ascending, without gaps. Functions come from symbols (STT_FUNC with
// a size) and from `unwound`; where two overlap, the first keeps its bytes.
std::vector<CodeRegion> divide_code(const std::vector<ElfSegment>& loads,
                                    const std::vector<ElfSymbol>& symbols,
                                    const std::vector<AddressRange>& unwound);

// Calls `visit` for each instruction of the region, one after the other. Answers whether all of the region is
// instructions; where it is not, decoding goes on one byte further.
bool decode_region(const Disassembler& disassembler, const CodeRegion& region,
                   const std::function<void(const Instruction&)>& visit);

}  // namespace strongroom::image
