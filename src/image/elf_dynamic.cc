#include <fmt/format.h>

#include "image/elf_file.h"

namespace strongroom::image {
namespace {

uint64_t value_of(const std::vector<ElfDynamic>& dynamic, int64_t tag) {
  for (const ElfDynamic& entry : dynamic)
    if (entry.tag == tag) return entry.value;
  return 0;
}

Result<void> append_table(const ElfFile& elf, uint64_t address, uint64_t size, std::vector<Elf64_Rela>& out) {
  if (size == 0) return {};
  ByteReader reader(TRY(elf.bytes_at(address, size, "relocations")));
  while (!reader.at_end()) out.push_back(TRY(reader.object<Elf64_Rela>("relocation")));
  return {};
}

}  // namespace

Result<std::vector<ElfDynamic>> read_dynamic(const ElfFile& elf) {
  std::vector<ElfDynamic> dynamic;
  const ElfSegment* segment = elf.find(PT_DYNAMIC);
  if (segment == nullptr) return dynamic;
  // The loaded bytes count, not those that PT_DYNAMIC's file offset names: the program reads them there.
  ByteReader reader(TRY(elf.bytes_at(segment->address, segment->contents.size(), "dynamic section")));
  while (!reader.at_end()) {
    const auto raw = TRY(reader.object<Elf64_Dyn>("dynamic section"));
    if (raw.d_tag == DT_NULL) return dynamic;
    dynamic.push_back(ElfDynamic{raw.d_tag, raw.d_un.d_val});
  }
  return fail(ErrorCode::kMalformed, "dynamic section: DT_NULL is missing");
}

Result<std::vector<Elf64_Rela>> read_relocations(const ElfFile& elf) {
  const std::vector<ElfDynamic> dynamic = TRY(read_dynamic(elf));
  std::vector<Elf64_Rela> relocations;
  if (value_of(dynamic, DT_RELSZ) != 0)
    return fail(ErrorCode::kUnsupported, "relocations of kind DT_REL; x86-64 uses DT_RELA alone");
  if (value_of(dynamic, DT_PLTRELSZ) != 0 && value_of(dynamic, DT_PLTREL) != DT_RELA)
    return fail(ErrorCode::kUnsupported, "DT_JMPREL without DT_RELA; x86-64 uses DT_RELA alone");
  TRY(append_table(elf, value_of(dynamic, DT_RELA), value_of(dynamic, DT_RELASZ), relocations));
  TRY(append_table(elf, value_of(dynamic, DT_JMPREL), value_of(dynamic, DT_PLTRELSZ), relocations));
  return relocations;
}

}  // namespace strongroom::image
