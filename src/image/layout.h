// Where everything stands in the enclave: the ranges of ImageHeader.
#pragma once

#include "arch/image_header.h"
#include "image/elf_file.h"
#include "image/manifest.h"

namespace strongroom::image {

constexpr uint64_t page_down(uint64_t value) {
  return value & ~(arch::kPageSize - 1);
}
constexpr uint64_t page_up(uint64_t value) {
  return page_down(value + arch::kPageSize - 1);
}

struct Layout {
  arch::ImageHeader header;
  uint64_t program_delta;  // enclave offset of the program's address 0, modulo 2^64
};

// Lays out the enclave. `kernel_end` is an enclave offset; `boot_size` and `gates_size` are bytes. Fails when
// the manifest's enclave_size is too small.
Result<Layout> lay_out(const Manifest& manifest, const ElfFile& program, uint64_t kernel_end,
                       uint64_t boot_size, uint64_t gates_size);

}  // namespace strongroom::image
