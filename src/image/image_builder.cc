#include "image/image_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "image/boot_data.h"
#include "image/image_check.h"
#include "image/image_writer.h"
#include "image/layout.h"
#include "image/program.h"

namespace strongroom::image {
namespace {

constexpr size_t kMaximumProgramFile = size_t{1} << 30;

uint32_t protection_of(const ElfSegment& segment) {
  return ((segment.flags & PF_R) != 0 ? arch::kRead : 0u) | (segment.writable() ? arch::kWrite : 0u) |
         (segment.executable() ? arch::kExecute : 0u);
}

std::string section_name(std::string_view prefix, const ElfSegment& segment) {
  return fmt::format(".{}.{}", prefix,
                     segment.executable() ? "text"
                     : segment.writable() ? "data"
                                          : "rodata");
}

// The pages of a loaded segment, where program or kernel address 0 stands at enclave offset `delta`.
SegmentPart pages_of(std::string_view prefix, const ElfSegment& segment, uint64_t delta) {
  const uint64_t begin = page_down(segment.address);
  Bytes contents(segment.address - begin);
  contents.insert(contents.end(), segment.contents.begin(), segment.contents.end());
  return SegmentPart{section_name(prefix, segment), begin + delta, page_up(segment.end()) - begin,
                     std::move(contents), protection_of(segment)};
}

Result<void> check_kernel(const ElfFile& kernel) {
  const std::vector<ElfSegment> loads = kernel.loads();
  if (loads.empty()) return fail(ErrorCode::kInvalidArgument, "it has nothing to load");
  TRY(check_segments(loads));
  if (page_down(loads.front().address) != arch::kKernelOffset)
    return fail(ErrorCode::kInvalidArgument, fmt::format("it begins at {:#x}; it must be linked at {:#x}",
                                                         loads.front().address, arch::kKernelOffset));
  if (kernel.find(PT_INTERP) != nullptr || kernel.find(PT_TLS) != nullptr ||
      !TRY(read_relocations(kernel)).empty())
    return fail(ErrorCode::kInvalidArgument,
                "it has an interpreter, TLS or relocations; it must be freestanding");
  return {};
}

void add_symbols(const std::vector<ElfSymbol>& symbols, uint64_t delta, std::vector<SymbolPart>& out) {
  for (const ElfSymbol& symbol : symbols) {
    const bool wanted = symbol.type == STT_FUNC || symbol.type == STT_OBJECT || symbol.type == STT_NOTYPE ||
                        symbol.type == STT_GNU_IFUNC;
    if (!wanted || symbol.name.empty() || symbol.section == SHN_UNDEF || symbol.section >= SHN_LORESERVE)
      continue;
    out.push_back(SymbolPart{symbol.name, symbol.address + delta, symbol.size, symbol.type, symbol.binding});
  }
}

MeasuredContent measured(ByteView bytes) {
  return {to_hex(crypto::sha256(bytes)), bytes.size()};
}

SegmentPart header_page(const arch::ImageHeader& header) {
  return SegmentPart{".header", 0, arch::kPageSize,
                     [&] {
                       Bytes page = to_bytes(object_bytes(header));
                       page.resize(arch::kPageSize);
                       return page;
                     }(),
                     arch::kRead};
}

// TCS, SSA and kernel stacks.
void add_thread_segments(const arch::ImageHeader& header, uint64_t entry, std::vector<SegmentPart>& out) {
  Bytes tcs;
  for (uint32_t i = 0; i < header.thread_count; ++i) {
    const arch::Tcs page = expected_tcs(header, i, entry);
    const ByteView bytes = object_bytes(page);
    tcs.insert(tcs.end(), bytes.begin(), bytes.end());
  }
  out.push_back(SegmentPart{".tcs", header.tcs.offset, header.tcs.size, std::move(tcs), arch::kNoAccess,
                            arch::kSegmentTcs});
  out.push_back(SegmentPart{".ssa", header.ssa.offset, header.ssa.size, {}, arch::kRead | arch::kWrite});
  for (uint64_t i = 0; i < header.thread_count; ++i)
    out.push_back(SegmentPart{".kernel.stack",
                              header.kernel_stacks.offset + i * header.kernel_stack_stride + arch::kPageSize,
                              header.kernel_stack_stride - arch::kPageSize,
                              {},
                              arch::kRead | arch::kWrite,
                              arch::kSegmentUnmeasured});
}

Result<uint64_t> required_function(const ElfFile& kernel, std::string_view name) {
  const std::optional<ElfSymbol> symbol = TRY(kernel.find_symbol(name));
  if (!symbol) return fail(ErrorCode::kInvalidArgument, fmt::format("it has no function {}", name));
  return symbol->address;
}

}  // namespace

Result<BuiltImage> build_image(const Manifest& manifest, ByteView program_file, ByteView kernel_file,
                               const std::vector<Bytes>& contents) {
  TRY_IN("manifest", check_manifest(manifest));
  const std::string program_name = manifest.program.filename().string();
  const ElfFile program = TRY_IN(program_name, ElfFile::parse(program_file));
  TRY_IN(program_name, check_program(program, {manifest.thread_stack_size}));
  const ElfFile kernel = TRY_IN("the enclave kernel", ElfFile::parse(kernel_file));
  TRY_IN("the enclave kernel", check_kernel(kernel));
  const uint64_t gate = TRY_IN("the enclave kernel", required_function(kernel, kKernelGate));
  const uint64_t cpuid_gate = TRY_IN("the enclave kernel", required_function(kernel, kKernelCpuidGate));
  const std::optional<ElfSymbol> sgx = TRY_IN("the enclave kernel", kernel.find_symbol(kKernelEntrySgx));
  const uint64_t entry = sgx ? sgx->address : 0;

  Bytes boot_data = TRY(make_boot_data(manifest, contents));
  BuiltImage built;
  built.rewrite = TRY_IN(program_name, plan_rewrite(program));
  const Layout layout = TRY(
      lay_out(manifest, program, kernel.loads().back().end(), boot_data.size(), built.rewrite.gates_size));
  const arch::ImageHeader& header = layout.header;
  const GatePlacement placement{header.gates.offset, layout.program_delta, gate, cpuid_gate};

  ImageParts parts;
  parts.entry = entry;
  parts.segments.push_back(header_page(header));
  for (const ElfSegment& load : kernel.loads()) parts.segments.push_back(pages_of("kernel", load, 0));
  parts.segments.push_back(SegmentPart{".boot", header.boot_data.offset, header.boot_data.size,
                                       std::move(boot_data), arch::kRead});
  if (header.gates.size != 0)
    parts.segments.push_back(SegmentPart{".gates", header.gates.offset, header.gates.size,
                                         place_gates(built.rewrite, placement),
                                         arch::kRead | arch::kExecute});
  for (const ElfSegment& load : program.loads()) {
    SegmentPart part = pages_of("program", load, layout.program_delta);
    patch_sites(built.rewrite, placement, part.offset - layout.program_delta, part.contents);
    parts.segments.push_back(std::move(part));
  }
  add_thread_segments(header, entry, parts.segments);
  if ((header.flags & arch::kImageFixedMemory) != 0)
    parts.segments.push_back(SegmentPart{".arena",
                                         header.arena.offset,
                                         header.arena.size,
                                         {},
                                         arch::kRead | arch::kWrite,
                                         arch::kSegmentUnmeasured});

  const std::vector<ElfSymbol> kernel_symbols = TRY_IN("the enclave kernel", kernel.symbols());
  const std::vector<ElfSymbol> program_symbols = TRY_IN(program_name, program.symbols());
  add_symbols(kernel_symbols, 0, parts.symbols);
  add_symbols(program_symbols, layout.program_delta, parts.symbols);

  std::vector<MeasuredContent> files;
  for (const Bytes& content : contents) files.push_back(measured(content));
  built.manifest =
      canonical_manifest(manifest, measured(program_file), measured(kernel_file), files, header.enclave_size);
  TRY_IN("the manifest's names must be UTF-8", read_canonical_manifest(built.manifest));
  parts.manifest = built.manifest;
  built.file = write_image(std::move(parts));
  TRY_IN("the image that was built does not read back", ImageView::parse(built.file));
  return built;
}

Result<BuiltImage> build_image(const Manifest& manifest, const std::filesystem::path& kernel) {
  const Bytes program_file = TRY_IN("program", read_file(manifest.program, kMaximumProgramFile));
  const Bytes kernel_file = TRY_IN("enclave kernel", read_file(kernel, kMaximumProgramFile));
  const std::vector<Bytes> contents = TRY(read_sources(manifest));
  return build_image(manifest, program_file, kernel_file, contents);
}

}  // namespace strongroom::image
