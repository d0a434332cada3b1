// Loads the program: its memory, arguments, environment and first stack, as the System V ABI (x86-64
// supplement, section 3.4) wants them.
#include <elf.h>

#include "kernel/allocate.h"
#include "kernel/boot.h"
#include "kernel/clock.h"
#include "kernel/fs/file_system.h"
#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/memory_map.h"
#include "kernel/port/port.h"
#include "kernel/processor.h"
#include "kernel/random.h"
#include "kernel/resume.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/warm_up.h"

namespace strongroom::kernel {
namespace {

constexpr uint32_t kMaximumStrings = 4096;
constexpr int64_t kMinusTryAgain = -11;

[[noreturn]] void no_memory() {
  abort_enclave(AbortCause::kOutOfMemory,
                "not enough memory to start the program; raise heap_size in the manifest");
}

// Strings go to the top of the stack, each directly below the one before, so that the vectors below them can
// be made by walking up again.
class StackBuilder {
 public:
  StackBuilder(uint64_t bottom, uint64_t top) : bottom_(bottom), top_(top) {}

  uint64_t bytes(const void* data, uint64_t size) {
    reserve(size);
    __builtin_memcpy(reinterpret_cast<void*>(top_), data, size);
    return top_;
  }
  // As C ends it: at its first NUL, if it has one.
  void string(std::string_view text) {
    if (count_ == kMaximumStrings) no_memory();
    text = text.substr(0, text.find('\0'));
    reserve(text.size() + 1);
    __builtin_memcpy(reinterpret_cast<void*>(top_), text.data(), text.size());
    reinterpret_cast<char*>(top_)[text.size()] = '\0';
    last_string_ = top_;
    if (count_++ == 0) first_string_ = top_;
  }
  [[nodiscard]] uint32_t count() const { return count_; }
  [[nodiscard]] uint64_t first_string() const { return first_string_; }
  void align_for(uint64_t words) { top_ = ((top_ - words * 8) & ~uint64_t{15}) + words * 8; }
  void push(uint64_t word) {
    reserve(8);
    *reinterpret_cast<uint64_t*>(top_) = word;
  }
  // A vector of the last `count` strings that are in none yet; it ends with a null.
  void push_vector(uint32_t count) {
    push(0);
    for (; count > 0; --count) {
      push(last_string_);
      last_string_ += std::string_view(reinterpret_cast<const char*>(last_string_)).size() + 1;
    }
  }
  [[nodiscard]] uint64_t top() const { return top_; }

 private:
  void reserve(uint64_t size) {
    if (size > top_ - bottom_) no_memory();
    top_ -= size;
  }
  uint64_t bottom_;
  uint64_t top_;
  uint64_t first_string_ = 0, last_string_ = 0;
  uint32_t count_ = 0;
};

// Visits the measured records of one kind.
template <typename Visit>
void for_each_record(arch::BootRecordKind kind, Visit visit) {
  const arch::ImageRange& range = image_header().boot_data;
  const auto* at = reinterpret_cast<const uint8_t*>(enclave_base() + range.offset);
  while (true) {
    const auto* record = reinterpret_cast<const arch::BootRecord*>(at);
    if (record->kind == arch::BootRecordKind::kEnd) return;
    const char* name = reinterpret_cast<const char*>(record + 1);
    if (record->kind == kind) visit(std::string_view(name, record->name_size));
    at += (sizeof(arch::BootRecord) + record->name_size + 1 + record->content_size + 7) & ~uint64_t{7};
  }
}

// The host's strings, copied in once; what is not well formed is dropped whole.
class HostStrings {
 public:
  HostStrings() {
    const Exchange& exchange = *current_thread().exchange;
    copy_from_host(&block_, exchange.payload, sizeof block_);
    if (block_.string_bytes > kExchangePayload - sizeof block_) block_ = {};
    if (block_.string_bytes == 0) return;
    text_ = static_cast<char*>(allocate(block_.string_bytes));
    if (text_ == nullptr) no_memory();
    copy_from_host(text_, exchange.payload + sizeof block_, block_.string_bytes);
    if (text_[block_.string_bytes - 1] != '\0')
      size_ = 0;
    else
      size_ = block_.string_bytes;
  }
  ~HostStrings() { release(text_, block_.string_bytes); }
  HostStrings(const HostStrings&) = delete;
  HostStrings& operator=(const HostStrings&) = delete;

  // Visits arguments first, then environment.
  template <typename Visit>
  void for_each(Visit visit) const {
    uint32_t index = 0;
    for (uint32_t at = 0; at < size_ && index < kMaximumStrings; ++index) {
      const std::string_view text(text_ + at);
      visit(index >= block_.argument_count, text);
      at += static_cast<uint32_t>(text.size()) + 1;
    }
  }

 private:
  StartBlock block_{};
  char* text_ = nullptr;
  uint32_t size_ = 0;
};

bool host_may_set(std::string_view variable) {
  const std::string_view key = variable.substr(0, variable.find('='));
  bool allowed = false;
  if (key.size() < variable.size())
    for_each_record(arch::BootRecordKind::kHostEnvironment,
                    [&](std::string_view name) { allowed |= name == key; });
  return allowed;
}

uint64_t build_stack(uint64_t bottom, uint64_t top) {
  const arch::ImageHeader& header = image_header();
  const HostStrings host;
  StackBuilder stack(bottom, top - 16);
  uint8_t random[16];
  fill_random(random, sizeof random);
  const uint64_t random_address = stack.bytes(random, sizeof random);
  for_each_record(arch::BootRecordKind::kArgument, [&](std::string_view text) { stack.string(text); });
  if ((header.flags & arch::kImageHostArguments) != 0)
    host.for_each([&](bool environment, std::string_view text) {
      if (!environment) stack.string(text);
    });
  const uint32_t argument_count = stack.count();
  for_each_record(arch::BootRecordKind::kEnvironment, [&](std::string_view text) { stack.string(text); });
  if ((header.flags & arch::kImageHostEnvironment) != 0)
    host.for_each([&](bool environment, std::string_view text) {
      if (environment && host_may_set(text)) stack.string(text);
    });
  const uint32_t total = stack.count();

  const uint64_t auxiliary[][2] = {
      {AT_PHDR, enclave_base() + header.program_headers},
      {AT_PHENT, sizeof(Elf64_Phdr)},
      {AT_PHNUM, header.program_header_count},
      {AT_PAGESZ, arch::kPageSize},
      {AT_BASE, 0},
      {AT_FLAGS, 0},
      {AT_ENTRY, enclave_base() + header.program_entry},
      {AT_UID, 0},
      {AT_EUID, 0},
      {AT_GID, 0},
      {AT_EGID, 0},
      {AT_SECURE, 0},
      {AT_CLKTCK, 100},
      {AT_HWCAP, port::cpuid(1, 0).d},
      {AT_HWCAP2, 2},  // HWCAP2_FSGSBASE: the ports need it
      {AT_RANDOM, random_address},
      {AT_EXECFN, argument_count > 0 ? stack.first_string() : random_address},
      {AT_NULL, 0},
  };
  constexpr uint64_t kAuxiliary = sizeof auxiliary / sizeof auxiliary[0];
  stack.align_for(1 + total + 2 + 2 * kAuxiliary);
  for (uint64_t i = kAuxiliary; i-- > 0;) {
    stack.push(auxiliary[i][1]);
    stack.push(auxiliary[i][0]);
  }
  stack.push_vector(total - argument_count);
  stack.push_vector(argument_count);
  stack.push(argument_count);
  return stack.top();
}

}  // namespace

void run_program() {
  const arch::ImageHeader& header = image_header();
  check_random_source();
  if (!start_memory_map().ok()) no_memory();
  const auto* boot_data = reinterpret_cast<const uint8_t*>(enclave_base() + header.boot_data.offset);
  if (!start_file_system().ok() || !mount_boot_data(boot_data, header.boot_data.size).ok()) no_memory();
  auto stack = map_memory(0, header.main_stack_size, arch::kRead | arch::kWrite, RegionKind::kStack);
  if (!stack.ok()) no_memory();
  const uint64_t top = stack.value() + header.main_stack_size - random_below(256) * 16;
  // Whatever the host answers in the end: the start block is checked, the answer does not matter.
  if (host_call(HostCall::kStart) == kMinusTryAgain) {
    warm_up(stack.value(), top);
    host_call(HostCall::kStart);
  }
  take_start_block(*current_thread().exchange);
  start_thread_clock();

  TrapFrame& frame = current_thread().start_frame;
  frame.rip = enclave_base() + header.program_entry;
  frame.rsp = build_stack(stack.value(), top);
  frame.rflags = 0x202;
  processor::set_fs_base(0);
  processor::set_floating_point(0x1f80, 0x37f);
  strongroom_resume(&frame);
}

}  // namespace strongroom::kernel
