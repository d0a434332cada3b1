// What a program must be to run in an enclave: a static position-independent executable (`g++ -static-pie`)
// that keeps W^X. Every refusal says why and what to do.
#pragma once

#include "image/elf_file.h"

namespace strongroom::image {

// The most memory that a program's segments may span: calls and jumps between program, gates and kernel are
// rel32, which reaches 2 GiB.
inline constexpr uint64_t kMaximumProgramSpan = uint64_t{1} << 30;

struct ProgramLimits {
  uint64_t thread_stack_size;  // thread_local variables live in it: they may take half
};

// Fails with kUnsupported or kMalformed when the enclave cannot run `program`.
Result<void> check_program(const ElfFile& program, const ProgramLimits& limits);

// Where the program's own program headers are in memory, for AT_PHDR.
Result<uint64_t> program_headers_address(const ElfFile& program);

// Segments that any enclave code, kernel or program, may have: no page with W and X, no page shared by two
// segments (one page has one protection), nothing but R, W, X.
Result<void> check_segments(const std::vector<ElfSegment>& loads);

}  // namespace strongroom::image
