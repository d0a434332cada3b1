#include <elf.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "arch/own_calls.h"
#include "kernel/boot.h"
#include "kernel/call_area.h"
#include "kernel/testing/start_block.h"

namespace strongroom::kernel::testing {

std::vector<uint8_t> boot_data_of(const std::vector<BootText>& texts) {
  std::vector<uint8_t> out;
  for (const BootText& text : texts) {
    const arch::BootRecord record{text.kind, 0, text.name.size(), 0};
    const auto* bytes = reinterpret_cast<const uint8_t*>(&record);
    out.insert(out.end(), bytes, bytes + sizeof record);
    out.insert(out.end(), text.name.begin(), text.name.end());
    out.push_back(0);
    out.resize((out.size() + 7) & ~size_t{7});
  }
  out.resize(out.size() + sizeof(arch::BootRecord));
  return out;
}

namespace {

void require(bool condition, const char* rule) {
  if (condition) return;
  std::fprintf(stderr, "the boundary's rule is broken: %s\n", rule);
  std::abort();
}

const std::vector<BootText> kTexts = {{arch::BootRecordKind::kArgument, "program"},
                                      {arch::BootRecordKind::kArgument, "--measured"},
                                      {arch::BootRecordKind::kEnvironment, "MODE=measured"},
                                      {arch::BootRecordKind::kHostEnvironment, "LANG"},
                                      {arch::BootRecordKind::kHostEnvironment, ""}};

void check_list(std::vector<std::string> list, std::vector<std::string> measured, bool host_may_add) {
  require(list.size() >= measured.size(), "what is measured is there");
  for (size_t i = 0; i < measured.size(); ++i)
    require(list[i] == measured[i], "what is measured comes first, and unchanged");
  require(host_may_add || list.size() == measured.size(), "the host adds only where the image allows it");
}

}  // namespace

ProgramStart start_program(LyingHost& host) {
  ProgramStart out;
  const auto exchanges = reinterpret_cast<uint64_t>(&host.exchange());
  find_call_area(exchanges);
  require(call_area_size() <= arch::kMaximumCallArea && !is_call_word(enclave_base()) &&
              (call_area_size() == 0 || call_area_address() == exchanges + kExchangeSize),
          "the call area lies behind the exchanges, and not in the enclave");
  try {
    start_enclave(exchanges);
  } catch (const EnclaveAborted& end) {
    out.aborted = end.cause;
    return out;
  } catch (const ProgramStarted& start) {
    out.stack = start.stack;
  }
  const auto arena = reinterpret_cast<uint64_t>(host.arena().data());
  const auto inside = [&](uint64_t address) { return address >= arena && address < arena + kArenaSize; };
  require(inside(out.stack) && out.stack % 16 == 0, "the stack is the enclave's, and aligned");
  const auto* at = reinterpret_cast<const uint64_t*>(out.stack);
  const auto text_at = [&](uint64_t address) {
    require(inside(address), "every string is in the enclave");
    const auto* text = reinterpret_cast<const char*>(address);
    return std::string(text, strnlen(text, arena + kArenaSize - address));
  };
  const uint64_t count = *at++;
  for (uint64_t i = 0; i < count; ++i) out.arguments.push_back(text_at(*at++));
  require(*at++ == 0, "argv ends with null");
  while (*at != 0) out.environment.push_back(text_at(*at++));
  for (++at; at[0] != AT_NULL; at += 2)
    require(at[0] != AT_RANDOM || inside(at[1]), "AT_RANDOM is in the enclave");
  return out;
}

void check_start_block(std::span<const uint8_t> bytes) {
  Script script(bytes);
  const uint8_t how = script.byte();
  const uint32_t flags =
      (how & 1 ? arch::kImageHostArguments : 0u) | (how & 2 ? arch::kImageHostEnvironment : 0u);
  const size_t size = bytes.empty() ? 0 : std::min<size_t>(bytes.size() - 1, kExchangePayload);
  LyingHost host(how & 4 ? port::Kind::kVm : port::Kind::kProcess, script);
  host.interferes = (how & 8) != 0;
  host.set_image(flags, boot_data_of(kTexts));
  if (size > 0) std::memcpy(host.exchange().payload, bytes.data() + 1, size);
  const ProgramStart start = start_program(host);
  require(processor_count() >= 1 && processor_count() <= arch::kMaximumThreads,
          "the number of processors is possible");
  if (start.aborted != AbortCause::kUnknown) {
    require(start.aborted == AbortCause::kOutOfMemory, "a bad start block is at worst too large");
    return;
  }
  check_list(start.arguments, {"program", "--measured"}, (flags & arch::kImageHostArguments) != 0);
  check_list(start.environment, {"MODE=measured"}, (flags & arch::kImageHostEnvironment) != 0);
  for (size_t i = 1; i < start.environment.size(); ++i)
    require(start.environment[i].starts_with("LANG=") || start.environment[i].starts_with("="),
            "the host sets only variables that the image names");
}

}  // namespace strongroom::kernel::testing
