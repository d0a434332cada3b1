// The first page of every enclave: what the image builder tells the kernel about the layout. It is measured
// and read-only, so the kernel believes it. All offsets are in bytes from the enclave's base; all ranges are
// whole pages and stand in this order: header, kernel, boot data, gates, program, TCS, SSA, kernel stacks,
// arena.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::arch {

inline constexpr uint64_t kPageSize = 4096;
inline constexpr uint64_t kImageMagic = 0x314d4f4f52525453;  // "STRROOM1"
inline constexpr uint32_t kImageVersion = 1;
inline constexpr uint64_t kKernelOffset = kPageSize;  // the kernel is linked at this offset
inline constexpr uint32_t kMaximumThreads = 256;

struct ImageRange {
  uint64_t offset;
  uint64_t size;
};

// ImageHeader::flags. The second and third weaken a guarantee and have their `insecure_` keys in the
// manifest.
enum ImageFlags : uint32_t {
  kImageDebug = 1u << 0,          // the enclave may be launched with ATTRIBUTES.DEBUG
  kImageHostArguments = 1u << 1,  // argv[1..] may come from the host: insecure_host_arguments
  kImageHostEnvironment =
      1u << 2,  // variables that boot data names may come from the host: insecure_host_environment
  kImageFixedMemory = 1u << 3,  // the arena is in the image: manifest key edmm = false
  kImageAexNotify = 1u << 4,    // SGX tells threads that they were interrupted: manifest key aex_notify
};

struct ImageHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t flags;
  uint64_t enclave_size;  // a power of two; the base is a multiple of it
  ImageRange kernel;
  ImageRange boot_data;  // a sequence of BootRecord
  ImageRange gates;      // code that rewritten system call sites jump to
  ImageRange program;    // from the page of its lowest segment to the end of its highest
  uint64_t program_entry;
  uint64_t program_headers;  // the program's own ELF program headers, for AT_PHDR
  uint32_t program_header_count;
  uint32_t thread_count;  // number of TCS, SSA stacks and kernel stacks: at most kMaximumThreads
  ImageRange tcs;         // thread_count pages
  ImageRange ssa;         // per thread: ssa_frames * ssa_frame_pages pages
  uint32_t ssa_frames;
  uint32_t ssa_frame_pages;
  ImageRange kernel_stacks;  // thread_count strides; the first page of each stride is a guard and is not in
                             // the image
  uint64_t kernel_stack_stride;  // guard included
  // Address space for brk, mmap and stacks. Nothing of it is in the image, except with kImageFixedMemory:
  // then all of it is, as one segment without contents, which is not measured but as pages that are there.
  ImageRange arena;
  uint64_t heap_limit;  // how much of the arena may be committed at a time
  uint64_t main_stack_size;
  uint64_t thread_stack_size;  // reported as RLIMIT_STACK, which sizes the stacks of further threads
};
static_assert(sizeof(ImageHeader) == 216);
static_assert(offsetof(ImageHeader, program_entry) == 88);
static_assert(offsetof(ImageHeader, arena) == 176);

// Boot data: measured arguments, environment and files, one record after the other, each starting at a
// multiple of 8. After the record come `name_size` bytes of name and one NUL, then `content_size` bytes of
// content; zeros fill up to the next multiple of 8.
enum class BootRecordKind : uint32_t {
  kEnd = 0,              // ends the sequence
  kArgument = 1,         // name: one argument; the first is argv[0]
  kEnvironment = 2,      // name: "KEY=VALUE"
  kHostEnvironment = 3,  // name: "KEY", a variable that the host may give
  kDirectory = 4,        // name: absolute path
  kFile = 5,             // name: absolute path; content: the file
  kSymlink = 6,          // name: absolute path; content: the target
};

struct BootRecord {
  BootRecordKind kind;
  uint32_t mode;  // permission bits of files and directories
  uint64_t name_size;
  uint64_t content_size;
};
static_assert(sizeof(BootRecord) == 24);

// Protection bits of segments and regions; the same values as PROT_READ, PROT_WRITE, PROT_EXEC and as
// SECINFO.FLAGS R, W, X.
enum Protection : uint32_t { kNoAccess = 0, kRead = 1, kWrite = 2, kExecute = 4 };

// The image file is an ELF64 file (ET_DYN, EM_X86_64) whose PT_LOAD headers are, in ascending order of
// address, the enclave's pages in the order in which they are added and measured. p_vaddr is the offset in
// the enclave; p_memsz is whole pages; bytes after p_filesz are zero. These bits of p_flags (PF_MASKOS,
// "System V ABI", chapter 5) say what ELF has no word for.
inline constexpr uint32_t kSegmentTcs = 1u << 20;  // the pages are TCS pages (PT_TCS)
inline constexpr uint32_t kSegmentUnmeasured =
    1u << 21;  // EADD without EEXTEND: the kernel initialises them before use

// Notes of the image file (name "Strongroom").
enum class ImageNote : uint32_t {
  kSigstruct = 1,  // the 1808 bytes of SIGSTRUCT; all zero while unsigned
  kManifest = 2,   // the canonical manifest, UTF-8 TOML
};

}  // namespace strongroom::arch
