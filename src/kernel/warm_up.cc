#include "kernel/warm_up.h"

#include <elf.h>

#include "kernel/boot.h"

namespace strongroom::kernel {
namespace {

using arch::kPageSize;

// Zero pages take memory when they are touched: no more of them than most programs use at once.
constexpr uint64_t kZeroPages = 16;
constexpr uint64_t kStackPages = 4;

void touch_for_reading(uint64_t begin, uint64_t end) {
  for (uint64_t address = begin & ~(kPageSize - 1); address < end; address += kPageSize)
    (void)*reinterpret_cast<const volatile uint8_t*>(address);
}

void touch_for_writing(uint64_t begin, uint64_t end) {
  for (uint64_t address = begin & ~(kPageSize - 1); address < end; address += kPageSize) {
    auto& byte = *reinterpret_cast<volatile uint8_t*>(address);
    byte = byte;
  }
}

}  // namespace

void warm_up(uint64_t stack_bottom, uint64_t stack_top) {
  const arch::ImageHeader& header = image_header();
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(enclave_base() + header.program_headers);
  for (uint32_t i = 0; i < header.program_header_count; ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0 || (segment.p_flags & PF_R) == 0) continue;
    const uint64_t begin = enclave_base() + header.program.offset + segment.p_vaddr;
    const uint64_t file_end = begin + segment.p_filesz;
    const uint64_t end = begin + segment.p_memsz;
    if ((segment.p_flags & PF_W) == 0) {
      touch_for_reading(begin, end);
      continue;
    }
    const uint64_t zero_end = file_end + kZeroPages * kPageSize;
    touch_for_writing(begin, zero_end < end ? zero_end : end);
  }
  const uint64_t lowest = stack_top - kStackPages * kPageSize;
  touch_for_writing(lowest > stack_bottom ? lowest : stack_bottom, stack_top);
}

}  // namespace strongroom::kernel
