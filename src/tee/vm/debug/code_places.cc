#include <elf.h>

#include <algorithm>

#include "tee/vm/debug/debugger.h"

namespace strongroom::tee::vm::debug {
namespace {

// The thread_local variables lie below the FS base, aligned ("ELF Handling For Thread-Local Storage", section
// 3.4.6: variant II).
uint64_t thread_local_size(const image::ImageView& view) {
  const arch::ImageHeader& header = view.header();
  for (const image::ImageSegment& segment : view.segments()) {
    const uint64_t size = header.program_header_count * sizeof(Elf64_Phdr);
    if (header.program_headers < segment.offset ||
        header.program_headers - segment.offset > segment.contents.size() ||
        size > segment.contents.size() - (header.program_headers - segment.offset))
      continue;
    for (uint32_t i = 0; i < header.program_header_count; ++i) {
      Elf64_Phdr program;
      std::memcpy(&program,
                  segment.contents.data() + (header.program_headers - segment.offset) + i * sizeof program,
                  sizeof program);
      if (program.p_type != PT_TLS) continue;
      const uint64_t alignment = std::max<uint64_t>(program.p_align, 1);
      return (program.p_memsz + alignment - 1) / alignment * alignment;
    }
  }
  return 0;
}

}  // namespace

Result<CodePlaces> find_code_places(const PreparedImage& image, uint64_t base) {
  const arch::ImageHeader& header = image.view.header();
  const auto range = [&](const arch::ImageRange& r) {
    return std::pair(base + r.offset, base + r.offset + r.size);
  };
  CodePlaces places;
  std::tie(places.kernel_begin, places.kernel_end) = range(header.kernel);
  std::tie(places.gates_begin, places.gates_end) = range(header.gates);
  places.flush = base + TRY(image.view.kernel_function("strongroom_vm_flush_instruction"));
  places.user_access_begin = base + TRY(image.view.kernel_function("strongroom_user_copy"));
  places.user_access_end = base + TRY(image.view.kernel_function("memcpy"));
  places.thread_local_size = thread_local_size(image.view);
  return places;
}

}  // namespace strongroom::tee::vm::debug
