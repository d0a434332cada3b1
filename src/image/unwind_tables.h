// Functions and landing pads as the unwind tables give them (.eh_frame_hdr, .eh_frame, .gcc_except_table):
// there even in a stripped program. Source: "Linux Standard Base Core", chapter 10.6 "Exception Frames"; the
// layout of the language-specific data is that of the Itanium C++ ABI's exception handling as GCC emits it.
#pragma once

#include "image/elf_file.h"

namespace strongroom::image {

struct AddressRange {
  uint64_t begin;
  uint64_t end;
};

struct UnwindTables {
  std::vector<AddressRange> functions;  // in the order of the table
  std::vector<uint64_t> landing_pads;   // where exceptions and cancellation enter a function
};

// Fails where there are no tables, or where they use an encoding that no current toolchain emits.
Result<UnwindTables> read_unwind_tables(const ElfFile& program);

}  // namespace strongroom::image
