// A hostile program: reading, checking and rewriting it must end, with a result or an error.
#include "image/elf_file.h"
#include "image/program.h"
#include "image/rewrite.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::image;
  const auto elf = ElfFile::parse({data, size});
  if (!elf) return 0;
  (void)elf->sections();
  (void)elf->find_symbol("strongroom_entry_vm");
  (void)read_relocations(*elf);
  if (!check_program(*elf, {uint64_t{1} << 20})) return 0;
  const auto plan = plan_rewrite(*elf);
  if (!plan) return 0;
  const GatePlacement placement{0x10000, 0x20000, 0x1000, 0x2000};
  if (place_gates(*plan, placement).size() != plan->gates_size) __builtin_trap();
  for (const ElfSegment& load : elf->loads()) {
    strongroom::Bytes contents = strongroom::to_bytes(load.contents);
    patch_sites(*plan, placement, load.address, contents);
  }
  return 0;
}
