// Random bytes, messages, and the end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace strongroom::enclave {

// Fills `bytes` with random numbers of the processor (RDRAND and RDSEED through the enclave kernel's
// generator), never of the host. Cannot fail: an enclave without randomness ends.
void random(std::span<uint8_t> bytes) noexcept;

// One line on standard error, which the host reads: nothing secret. Control characters become '?', so that
// one message stays one line. Lines of several threads do not mix up to 4096 bytes.
void log(std::string_view line) noexcept;

// Ends the enclave at once. The host's End is kAborted with the cause "program_abort"; `why` goes to standard
// error before. Calls under way fail.
[[noreturn]] void abort(std::string_view why) noexcept;

}  // namespace strongroom::enclave
