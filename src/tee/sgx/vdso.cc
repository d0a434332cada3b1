#include "tee/sgx/vdso.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/auxv.h>

#include <cstring>

namespace strongroom::tee::sgx {
namespace {

template <typename T>
const T& at(uint64_t address) {
  return *reinterpret_cast<const T*>(address);
}

// What the dynamic section of the vDSO names; addresses.
struct Tables {
  uint64_t symbols = 0, strings = 0, hash = 0, gnu_hash = 0;
};

Tables find_tables(uint64_t base) {
  Tables out;
  const auto& header = at<Elf64_Ehdr>(base);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto& segment = at<Elf64_Phdr>(base + header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_DYNAMIC) continue;
    for (uint64_t entry = base + segment.p_offset; at<Elf64_Dyn>(entry).d_tag != DT_NULL;
         entry += sizeof(Elf64_Dyn)) {
      const auto& dynamic = at<Elf64_Dyn>(entry);
      if (dynamic.d_tag == DT_SYMTAB) out.symbols = base + dynamic.d_un.d_ptr;
      if (dynamic.d_tag == DT_STRTAB) out.strings = base + dynamic.d_un.d_ptr;
      if (dynamic.d_tag == DT_HASH) out.hash = base + dynamic.d_un.d_ptr;
      if (dynamic.d_tag == DT_GNU_HASH) out.gnu_hash = base + dynamic.d_un.d_ptr;
    }
  }
  return out;
}

// How many symbols there are: DT_HASH says it; of DT_GNU_HASH, which newer kernels have alone, it is where
// the last chain ends.
uint32_t count_symbols(const Tables& tables) {
  if (tables.hash != 0) return at<uint32_t>(tables.hash + 4);
  if (tables.gnu_hash == 0) return 0;
  const auto buckets = at<uint32_t>(tables.gnu_hash);
  const auto first = at<uint32_t>(tables.gnu_hash + 4);
  const uint64_t bucket = tables.gnu_hash + 16 + at<uint32_t>(tables.gnu_hash + 8) * sizeof(uint64_t);
  const uint64_t chain = bucket + buckets * sizeof(uint32_t);
  uint32_t last = 0;
  for (uint32_t i = 0; i < buckets; ++i) last = std::max(last, at<uint32_t>(bucket + i * sizeof(uint32_t)));
  if (last < first) return first;
  while ((at<uint32_t>(chain + (last - first) * sizeof(uint32_t)) & 1) == 0) ++last;
  return last + 1;
}

}  // namespace

Result<uint64_t> find_in_vdso(const char* name) {
  const uint64_t base = getauxval(AT_SYSINFO_EHDR);
  if (base != 0) {
    const Tables tables = find_tables(base);
    for (uint32_t i = 0; i < count_symbols(tables); ++i) {
      const auto& symbol = at<Elf64_Sym>(tables.symbols + i * sizeof(Elf64_Sym));
      if (std::strcmp(&at<char>(tables.strings + symbol.st_name), name) == 0) return base + symbol.st_value;
    }
  }
  return fail(ErrorCode::kUnsupported,
              fmt::format("the kernel's vDSO has no {}; use Linux 5.11 or newer with CONFIG_X86_SGX", name));
}

}  // namespace strongroom::tee::sgx
