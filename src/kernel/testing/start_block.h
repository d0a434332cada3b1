// What a program finds on its first stack, read back from there.
#pragma once

#include <optional>

#include "arch/image_header.h"
#include "kernel/testing/lying_host.h"

namespace strongroom::kernel::testing {

struct BootText {
  arch::BootRecordKind kind;
  std::string name;
};
// Boot data with these records, as the image builder lays them out.
std::vector<uint8_t> boot_data_of(const std::vector<BootText>& texts);

struct ProgramStart {
  AbortCause aborted = AbortCause::kUnknown;  // the program did not start: why
  uint64_t stack = 0;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
};
// Boots the enclave of `host` with the start block that its exchange holds.
ProgramStart start_program(LyingHost& host);

}  // namespace strongroom::kernel::testing
