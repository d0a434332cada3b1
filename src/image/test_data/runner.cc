// Executes the program of an image natively, in its own address space, with the test kernel's gate making
// the system calls: what rewriting changed is then executed for real. A seccomp filter kills the process at
// any `syscall` that the program itself still executes, so a run that ends well has used gates alone.
//
//   image_test_runner IMAGE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "image/image_file.h"

namespace strongroom::image {
namespace {

constexpr size_t kStackSize = size_t{8} << 20;
constexpr int kRunnerFailed = 99;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::_Exit(kRunnerFailed);
}

uint8_t* map_image(const ImageView& image) {
  const uint64_t size = image.header().arena.offset;
  void* base = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) give_up("mmap");
  auto* bytes = static_cast<uint8_t*>(base);
  for (const ImageSegment& segment : image.segments()) {
    if (segment.protection == arch::kNoAccess) continue;
    if (mprotect(bytes + segment.offset, segment.memory_size, PROT_READ | PROT_WRITE) != 0)
      give_up("mprotect");
    if (!segment.contents.empty())
      std::memcpy(bytes + segment.offset, segment.contents.data(), segment.contents.size());
    if (mprotect(bytes + segment.offset, segment.memory_size, static_cast<int>(segment.protection)) != 0)
      give_up("mprotect");
  }
  return bytes;
}

// System calls whose instruction lies in [begin, end) kill; the range does not cross a multiple of 4 GiB.
void forbid_system_calls_in(uint64_t begin, uint64_t end) {
  constexpr uint32_t kLow = offsetof(seccomp_data, instruction_pointer);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kLow + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(begin >> 32), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kLow),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, static_cast<uint32_t>(begin), 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, static_cast<uint32_t>(end), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) give_up("seccomp");
}

// argc, argv, environment and auxiliary vector as the AMD64 psABI, section 3.4.1, has them.
uint64_t* make_stack(const ImageView& image, uint8_t* base) {
  static char name[] = "program";
  static uint8_t random_bytes[16] = {1, 2, 3};
  void* stack = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) give_up("mmap");
  const arch::ImageHeader& header = image.header();
  const auto address = [](const void* pointer) { return reinterpret_cast<uint64_t>(pointer); };
  const uint64_t words[] = {1,
                            address(name),
                            0,
                            0,
                            AT_PHDR,
                            address(base + header.program_headers),
                            AT_PHENT,
                            sizeof(Elf64_Phdr),
                            AT_PHNUM,
                            header.program_header_count,
                            AT_PAGESZ,
                            arch::kPageSize,
                            AT_ENTRY,
                            address(base + header.program_entry),
                            AT_RANDOM,
                            address(random_bytes),
                            AT_HWCAP,
                            getauxval(AT_HWCAP),
                            AT_MINSIGSTKSZ,
                            getauxval(AT_MINSIGSTKSZ),
                            AT_SECURE,
                            0,
                            AT_NULL,
                            0};
  uint8_t* top = static_cast<uint8_t*>(stack) + kStackSize - 4096;
  std::memcpy(top, words, sizeof words);
  return reinterpret_cast<uint64_t*>(top);
}

[[noreturn]] void run(const char* path) {
  const Bytes file = read_file(path).value();
  const ImageView image = ImageView::parse(file).value();
  uint8_t* base = map_image(image);
  uint64_t* stack = make_stack(image, base);
  const uint64_t program = reinterpret_cast<uint64_t>(base) + image.header().program.offset;
  const uint64_t end = program + image.header().program.size;
  if (program >> 32 != end >> 32) give_up("the program crosses a multiple of 4 GiB");
  forbid_system_calls_in(program, end);
  asm volatile("mov %0, %%rsp; xor %%edx, %%edx; xor %%ebp, %%ebp; jmp *%1"
               :
               : "r"(stack), "r"(base + image.header().program_entry)
               : "rdx", "memory");
  __builtin_unreachable();
}

}  // namespace
}  // namespace strongroom::image

int main(int argc, char** argv) {
  if (argc != 2) return strongroom::image::kRunnerFailed;
  strongroom::image::run(argv[1]);
}
