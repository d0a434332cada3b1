#include "image/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/image_header.h"

namespace strongroom::image {
namespace {

constexpr std::string_view kStaticPie = "link with `g++ -static-pie`";
constexpr uint64_t kMaximumAlignment = uint64_t{1} << 21;

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kUnsupported, std::move(message));
}

Result<void> check_kind(const ElfFile& program) {
  if (program.type() == ET_EXEC)
    return refuse(fmt::format("it is not position independent (ET_EXEC); {}", kStaticPie));
  if (program.type() == ET_REL) return refuse(fmt::format("it is an object file; {}", kStaticPie));
  if (program.type() != ET_DYN)
    return refuse(fmt::format("its ELF type is {}, not an executable; {}", program.type(), kStaticPie));
  if (program.find(PT_INTERP) != nullptr)
    return refuse(fmt::format("it is linked dynamically (it asks for an interpreter); {}", kStaticPie));
  const std::vector<ElfDynamic> dynamic = TRY(read_dynamic(program));
  for (const ElfDynamic& entry : dynamic) {
    if (entry.tag == DT_NEEDED) return refuse(fmt::format("it needs shared libraries; {}", kStaticPie));
    if (entry.tag == DT_TEXTREL || (entry.tag == DT_FLAGS && (entry.value & DF_TEXTREL) != 0))
      return refuse(
          "it relocates its own code (text relocations); compile everything with -fPIE, and link with -z "
          "text");
  }
  return {};
}

Result<void> check_stack(const ElfFile& program) {
  const ElfSegment* stack = program.find(PT_GNU_STACK);
  if (stack == nullptr)
    return refuse(
        "it does not say that its stack is not executable (no PT_GNU_STACK); link with -z noexecstack, and "
        "add "
        "`.section .note.GNU-stack,\"\",@progbits` to assembly files");
  if (stack->executable())
    return refuse(
        "it wants an executable stack; link with -z noexecstack, and find the object that asks for it "
        "with `ld --warn-execstack`");
  return {};
}

Result<void> check_tls(const ElfFile& program, const ProgramLimits& limits) {
  const ElfSegment* tls = program.find(PT_TLS);
  if (tls == nullptr) return {};
  if (tls->contents.size() > tls->memory_size)
    return fail(ErrorCode::kMalformed, "the TLS segment has more bytes in the file than in memory");
  if (tls->alignment > arch::kPageSize)
    return refuse(
        fmt::format("its thread_local variables want an alignment of {:#x} bytes; at most {:#x} is given",
                    tls->alignment, arch::kPageSize));
  const uint64_t half = limits.thread_stack_size / 2;
  if (tls->memory_size > half)
    return refuse(fmt::format(
        "its thread_local variables take {} bytes a thread, more than half of a thread's stack of {} bytes; "
        "set "
        "memory.thread_stack_size in the manifest to more than {} bytes, or make them smaller",
        tls->memory_size, limits.thread_stack_size, std::min(tls->memory_size, kMaximumProgramSpan) * 2));
  return {};
}

const ElfSegment* load_at(const std::vector<ElfSegment>& loads, uint64_t address, uint64_t size) {
  for (const ElfSegment& load : loads)
    if (address >= load.address && size <= load.memory_size &&
        address - load.address <= load.memory_size - size)
      return &load;
  return nullptr;
}

Result<void> check_relocations(const ElfFile& program, const std::vector<ElfSegment>& loads) {
  for (const Elf64_Rela& relocation : TRY(read_relocations(program))) {
    const uint64_t type = ELF64_R_TYPE(relocation.r_info);
    switch (type) {
      case R_X86_64_NONE:
        continue;
      case R_X86_64_RELATIVE:
      case R_X86_64_IRELATIVE:
      case R_X86_64_TPOFF64:  // offsets in static TLS: known once the program is placed
      case R_X86_64_DTPMOD64:
      case R_X86_64_DTPOFF64:
        break;
      default:
        return refuse(fmt::format("relocation type {} at {:#x} needs a dynamic linker; {}", type,
                                  relocation.r_offset, kStaticPie));
    }
    const ElfSegment* target = load_at(loads, relocation.r_offset, sizeof(uint64_t));
    if (target == nullptr)
      return fail(ErrorCode::kMalformed,
                  fmt::format("the relocation at {:#x} lies outside the program", relocation.r_offset));
    if (!target->writable())
      return refuse(
          fmt::format("it relocates read-only memory at {:#x} (text relocations); compile everything with "
                      "-fPIE, and link with -z text",
                      relocation.r_offset));
  }
  return {};
}

}  // namespace

Result<void> check_segments(const std::vector<ElfSegment>& loads) {
  uint64_t free_page = 0;
  for (const ElfSegment& load : loads) {
    if (load.executable() && load.writable())
      return refuse(fmt::format(
          "the segment at {:#x} is writable and executable; link without -N and --omagic, with -z "
          "separate-code",
          load.address));
    if ((load.flags & ~uint32_t{PF_R | PF_W | PF_X}) != 0)
      return refuse(fmt::format("the segment at {:#x} has unknown flags {:#x}", load.address, load.flags));
    if (load.address / arch::kPageSize < free_page)
      return refuse(
          fmt::format("the segment at {:#x} shares a page with the one before it; link with -z separate-code "
                      "-z max-page-size=4096",
                      load.address));
    free_page = (load.end() + arch::kPageSize - 1) / arch::kPageSize;
  }
  return {};
}

namespace {

Result<void> check_all(const ElfFile& program, const ProgramLimits& limits) {
  TRY(check_kind(program));
  TRY(check_stack(program));
  const std::vector<ElfSegment> loads = program.loads();
  if (loads.empty()) return refuse("it has nothing to load");
  TRY(check_segments(loads));
  for (const ElfSegment& load : loads)
    if (load.alignment > kMaximumAlignment)
      return refuse(fmt::format(
          "the segment at {:#x} wants an alignment of {:#x} bytes; link with -z max-page-size=4096",
          load.address, load.alignment));
  const uint64_t span = loads.back().end() - loads.front().address;
  if (span > kMaximumProgramSpan)
    return refuse(
        fmt::format("it spans {} bytes of memory; at most {} fit. Move large static arrays to the heap", span,
                    kMaximumProgramSpan));
  const ElfSegment* entry = load_at(loads, program.entry(), 1);
  if (entry == nullptr || !entry->executable())
    return refuse(fmt::format("its entry point {:#x} is not in executable memory", program.entry()));
  TRY(check_tls(program, limits));
  TRY(check_relocations(program, loads));
  TRY(program_headers_address(program));
  return {};
}

}  // namespace

Result<void> check_program(const ElfFile& program, const ProgramLimits& limits) {
  TRY_IN("the program cannot run in an enclave", check_all(program, limits));
  return {};
}

Result<uint64_t> program_headers_address(const ElfFile& program) {
  const uint64_t offset = program.header().e_phoff;
  const uint64_t size = uint64_t{program.header().e_phnum} * sizeof(Elf64_Phdr);
  if (offset % alignof(Elf64_Phdr) != 0)
    return fail(ErrorCode::kMalformed, "its program headers are not aligned");
  for (const ElfSegment& load : program.loads())
    if (offset >= load.file_offset && offset - load.file_offset <= load.contents.size() &&
        size <= load.contents.size() - (offset - load.file_offset))
      return load.address + (offset - load.file_offset);
  return refuse("its program headers are not in memory; link without a linker script that leaves them out");
}

}  // namespace strongroom::image
