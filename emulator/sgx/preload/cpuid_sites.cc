// CPUID where the processor cannot make it fault: each one in the program's own code becomes UD2, which is as
// long and does fault. Libraries and enclaves keep theirs.
#include <Zydis/Zydis.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "arch/page.h"
#include "preload/real.h"
#include "preload/signals.h"

namespace strongroom::sgx {
namespace {

using arch::kPageSize;

constexpr uint8_t kCpuid[] = {0x0f, 0xa2}, kUd2[] = {0x0f, 0x0b};

// Never destroyed, as signals come while the process ends.
std::vector<uint64_t>& sites() {
  static auto* const all = new std::vector<uint64_t>;
  return *all;
}

// A code section, instruction by instruction; where none can be decoded, from the next byte on.
void find_in(std::span<const uint8_t> code) {
  if (memmem(code.data(), code.size(), kCpuid, sizeof(kCpuid)) == nullptr) return;
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  for (size_t at = 0; at < code.size();) {
    ZydisDecodedInstruction instruction;
    const bool decoded = ZYAN_SUCCESS(
        ZydisDecoderDecodeInstruction(&decoder, nullptr, code.data() + at, code.size() - at, &instruction));
    if (decoded && instruction.mnemonic == ZYDIS_MNEMONIC_CPUID && instruction.length == sizeof(kCpuid))
      sites().push_back(reinterpret_cast<uint64_t>(code.data() + at));
    at += decoded ? instruction.length : 1;
  }
}

bool replace(uint64_t site) {
  const uint64_t start = site & ~(kPageSize - 1);
  const size_t size = site + sizeof(kUd2) - start > kPageSize ? 2 * kPageSize : kPageSize;
  auto* const pages = reinterpret_cast<void*>(start);
  if (real::mprotect(pages, size, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return false;
  std::memcpy(reinterpret_cast<void*>(site), kUd2, sizeof(kUd2));
  return real::mprotect(pages, size, PROT_READ | PROT_EXEC) == 0;
}

// The section headers of the program's file, which the kernel has checked up to here.
void find_in_program(std::span<const uint8_t> file, uint64_t load_address) {
  Elf64_Ehdr header;
  if (file.size() < sizeof(header)) return;
  std::memcpy(&header, file.data(), sizeof(header));
  const uint64_t size = uint64_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > file.size() ||
      size > file.size() - header.e_shoff)
    return;
  for (uint64_t at = 0; at < size; at += sizeof(Elf64_Shdr)) {
    Elf64_Shdr section;
    std::memcpy(&section, file.data() + header.e_shoff + at, sizeof(section));
    if (section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0)
      find_in({reinterpret_cast<const uint8_t*>(load_address + section.sh_addr), section.sh_size});
  }
}

}  // namespace

void replace_cpuid_in_program() {
  const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || fstat(fd, &status) != 0) return;
  const auto size = static_cast<size_t>(status.st_size);
  void* const file = real::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  real::close(fd);
  if (file == MAP_FAILED) return;
  // The program is the first of all objects.
  uint64_t program_address = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* program, size_t, void* address) {
        *static_cast<uint64_t*>(address) = program->dlpi_addr;
        return 1;
      },
      &program_address);
  find_in_program({static_cast<const uint8_t*>(file), size}, program_address);
  real::munmap(file, size);
  std::sort(sites().begin(), sites().end());
  std::erase_if(sites(), [](uint64_t site) { return !replace(site); });
}

bool is_replaced_cpuid(uint64_t rip) {
  return std::binary_search(sites().begin(), sites().end(), rip);
}

}  // namespace strongroom::sgx
