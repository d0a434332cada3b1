// Builds an image: manifest, program and kernel -> the unsigned bytes of NAME.enclave. Equal inputs give
// equal bytes on every machine, at every time.
#pragma once

#include "image/manifest.h"
#include "image/rewrite.h"

namespace strongroom::image {

// Why these: an SSA frame of one page holds the XSAVE area up to AVX-512 and PKRU (2,696 bytes), EXINFO and
// GPRSGX; two frames let an exception be handled inside. A kernel stack holds one system call, its copies and
// a nested fault.
inline constexpr uint32_t kSsaFrames = 2;
inline constexpr uint32_t kSsaFramePages = 1;
// With `aex_notify`: what the processor leaves free of a frame is the stack of the handler
// (kernel/port/sgx_notice.h).
inline constexpr uint32_t kSsaFramePagesWithNotice = 2;
inline constexpr uint64_t kKernelStackSize = uint64_t{32} << 10;
inline constexpr uint64_t kLeastEnclaveSize = uint64_t{1} << 30;

// Functions of the kernel that the image refers to. Gates jump to kKernelGate with the registers of a system
// call, the return address in %rcx, and flags, stack and red zone as the program left them; %r11 is free. To
// kKernelCpuidGate they jump with the return address in %rbx.
inline constexpr std::string_view kKernelGate = "strongroom_gate_syscall";
inline constexpr std::string_view kKernelCpuidGate = "strongroom_gate_cpuid";
inline constexpr std::string_view kKernelEntrySgx = "strongroom_entry_sgx";  // OENTRY; may be absent
inline constexpr std::string_view kKernelEntryVm = "strongroom_entry_vm";    // found by the backends
inline constexpr std::string_view kKernelEntryProcess = "strongroom_entry_process";

struct BuiltImage {
  Bytes file;
  RewritePlan rewrite;
  std::string manifest;  // canonical
};

// `program` and `kernel` are the bytes of ELF files; `contents` are those of manifest.files, in their order.
Result<BuiltImage> build_image(const Manifest& manifest, ByteView program, ByteView kernel,
                               const std::vector<Bytes>& contents);

// As above, reading the program and the files that the manifest names, and the kernel at `kernel`.
Result<BuiltImage> build_image(const Manifest& manifest, const std::filesystem::path& kernel);

}  // namespace strongroom::image
