#include <elf.h>
#include <sys/mman.h>

#include <cstring>

#include "preload/real.h"
#include "preload/signals.h"
#include "preload/trampoline.h"

extern const uint8_t sgxemu_vdso_image[];
extern const uint8_t sgxemu_vdso_image_end[];

namespace strongroom::sgx {
namespace {

Vdso installed;

template <typename T>
const T& at(uint64_t base, uint64_t offset) {
  return *reinterpret_cast<const T*>(base + offset);
}

// The value of a dynamic symbol of the image; 0 where there is none.
uint64_t find_symbol(uint64_t base, const char* name) {
  const auto& header = at<Elf64_Ehdr>(base, 0);
  uint64_t symbols = 0, strings = 0, count = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto& segment = at<Elf64_Phdr>(base, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_DYNAMIC) continue;
    for (uint64_t entry = segment.p_offset; at<Elf64_Dyn>(base, entry).d_tag != DT_NULL;
         entry += sizeof(Elf64_Dyn)) {
      const auto& dynamic = at<Elf64_Dyn>(base, entry);
      if (dynamic.d_tag == DT_SYMTAB) symbols = dynamic.d_un.d_ptr;
      if (dynamic.d_tag == DT_STRTAB) strings = dynamic.d_un.d_ptr;
      if (dynamic.d_tag == DT_HASH) count = at<uint32_t>(base, dynamic.d_un.d_ptr + 4);
    }
  }
  for (uint64_t i = 0; i < count; ++i) {
    const auto& symbol = at<Elf64_Sym>(base, symbols + i * sizeof(Elf64_Sym));
    if (std::strcmp(&at<char>(base, strings + symbol.st_name), name) == 0) return base + symbol.st_value;
  }
  return 0;
}

}  // namespace

const Vdso& vdso() {
  return installed;
}

bool install_vdso(uint64_t* auxv) {
  const auto size = static_cast<size_t>(sgxemu_vdso_image_end - sgxemu_vdso_image);
  void* const memory = real::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  std::memcpy(memory, sgxemu_vdso_image, size);
  const auto base = reinterpret_cast<uint64_t>(memory);
  installed = {.base = base,
               .enclu = find_symbol(base, "sgxemu_vdso_enclu"),
               .exception = find_symbol(base, "sgxemu_vdso_exception")};
  const uint64_t slot = find_symbol(base, "sgxemu_vdso_eenter");
  if (installed.enclu == 0 || installed.exception == 0 || slot == 0) return false;
  *reinterpret_cast<uint64_t*>(slot) = reinterpret_cast<uint64_t>(&sgxemu_eenter);
  real::mprotect(memory, size, PROT_READ | PROT_EXEC);
  for (; auxv[0] != AT_NULL; auxv += 2) {
    if (auxv[0] != AT_SYSINFO_EHDR) continue;
    auxv[1] = base;
    return true;
  }
  return false;
}

bool report_exception(Registers& registers, const Fault& fault) {
  using arch::ExceptionVector;
  if (registers.rip != installed.enclu) return false;
  if (fault.vector == ExceptionVector::kDebug || fault.vector == ExceptionVector::kBreakpoint) return false;
  registers.rip = installed.exception;
  registers.rdi = static_cast<uint64_t>(fault.vector);
  registers.rsi = fault.error_code;
  registers.rdx = fault.address;
  return true;
}

}  // namespace strongroom::sgx
