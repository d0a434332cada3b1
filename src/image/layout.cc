#include "image/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "image/image_builder.h"
#include "image/program.h"
#include "image/toml_table.h"

namespace strongroom::image {
namespace {

// The arena begins where a large page can: the hypervisor then maps it with fewer table entries.
constexpr uint64_t kArenaAlignment = uint64_t{2} << 20;
// glibc's malloc reserves up to 128 MiB of address space for one further arena and keeps 64 MiB of it, for at
// most 8 arenas a processor; where an arena finds no room, threads share those that there are.
constexpr uint64_t kMallocArena = uint64_t{64} << 20;
constexpr uint64_t kMallocArenasWithRoom = 8;

constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

// Address space that the program should find in the arena.
uint64_t wanted_arena(const Manifest& manifest) {
  const uint64_t arenas = std::min<uint64_t>(manifest.threads, kMallocArenasWithRoom) * kMallocArena;
  const uint64_t stacks =
      manifest.stack_size + manifest.threads * (manifest.thread_stack_size + arch::kPageSize);
  return 2 * manifest.heap_size + stacks + arenas + kMallocArena;
}

// The same where all of it is memory: what the program may have at a time, half as much for fragments of it,
// and room for guards and tables.
uint64_t fixed_arena(const Manifest& manifest) {
  constexpr uint64_t kRoom = uint64_t{8} << 20;
  const uint64_t limit = manifest.heap_size + manifest.stack_size;
  return page_up(limit + limit / 2) + kRoom;
}

uint32_t flags_of(const Manifest& manifest) {
  return (manifest.debug ? arch::kImageDebug : 0u) | (manifest.sgx_edmm ? 0u : arch::kImageFixedMemory) |
         (manifest.sgx_aex_notify ? arch::kImageAexNotify : 0u) |
         (manifest.insecure_host_arguments ? arch::kImageHostArguments : 0u) |
         (manifest.insecure_host_environment.empty() ? 0u : arch::kImageHostEnvironment);
}

}  // namespace

Result<Layout> lay_out(const Manifest& manifest, const ElfFile& program, uint64_t kernel_end,
                       uint64_t boot_size, uint64_t gates_size) {
  Layout layout{};
  arch::ImageHeader& header = layout.header;
  header.magic = arch::kImageMagic;
  header.version = arch::kImageVersion;
  header.flags = flags_of(manifest);

  uint64_t next = page_up(kernel_end);
  const auto take = [&next](uint64_t size) {
    const arch::ImageRange range{next, page_up(size)};
    next += range.size;
    return range;
  };
  header.kernel = {arch::kKernelOffset, next - arch::kKernelOffset};
  header.boot_data = take(boot_size);
  header.gates = take(gates_size);

  const std::vector<ElfSegment> loads = program.loads();
  uint64_t alignment = arch::kPageSize;
  for (const ElfSegment& load : loads) alignment = std::max(alignment, load.alignment);
  const uint64_t first =
      loads.front().address & ~(alignment - 1);  // keeps addresses the same modulo alignment
  layout.program_delta = align_up(next, alignment) - first;
  const uint64_t program_begin = page_down(loads.front().address);
  next = program_begin + layout.program_delta;
  header.program = take(page_up(loads.back().end()) - program_begin);
  header.program_entry = program.entry() + layout.program_delta;
  header.program_headers = TRY(program_headers_address(program)) + layout.program_delta;
  header.program_header_count = program.header().e_phnum;

  const uint64_t threads = manifest.threads;
  header.thread_count = manifest.threads;
  header.tcs = take(threads * arch::kPageSize);
  header.ssa_frames = kSsaFrames;
  header.ssa_frame_pages = manifest.sgx_aex_notify ? kSsaFramePagesWithNotice : kSsaFramePages;
  header.ssa = take(threads * kSsaFrames * header.ssa_frame_pages * arch::kPageSize);
  header.kernel_stack_stride = kKernelStackSize + arch::kPageSize;
  header.kernel_stacks = take(threads * header.kernel_stack_stride);

  header.heap_limit = manifest.heap_size;
  header.main_stack_size = manifest.stack_size;
  header.thread_stack_size = manifest.thread_stack_size;
  const uint64_t arena = align_up(next, kArenaAlignment);
  const uint64_t wanted = manifest.sgx_edmm
                              ? std::max(kLeastEnclaveSize, std::bit_ceil(arena + wanted_arena(manifest)))
                              : std::bit_ceil(arena + fixed_arena(manifest));
  header.enclave_size = manifest.enclave_size != 0 ? manifest.enclave_size : wanted;
  const uint64_t least = manifest.sgx_edmm ? arena + manifest.heap_size +
                                                 std::max(manifest.stack_size, manifest.thread_stack_size)
                                           : arena + fixed_arena(manifest);
  if (header.enclave_size < least)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("`enclave_size` is {}; program, heap_size and stack_size need at least \"{}\"",
                            format_size(header.enclave_size), format_size(std::bit_ceil(least))));
  header.arena = {arena, manifest.sgx_edmm ? header.enclave_size - arena : fixed_arena(manifest)};
  return layout;
}

}  // namespace strongroom::image
