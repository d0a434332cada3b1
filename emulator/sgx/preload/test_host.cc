#include "preload/test_host.h"

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arch/secs.h"
#include "arch/tcs.h"
#include "crypto/test_signing_key.h"

extern "C" const uint8_t test_enclave_code[];

namespace strongroom::sgx {
namespace {

using arch::kPageSize;
using arch::PageType;

constexpr uint64_t kSize = TestEnclave::kPages * kPageSize;
constexpr uint64_t kReadWrite = arch::kRead | arch::kWrite;

struct PagePlan {
  uint64_t page;
  PageType type;
  uint64_t permissions;
};
constexpr PagePlan kPlan[] = {
    {0, PageType::kRegular, arch::kRead | arch::kExecute},
    {1, PageType::kTcs, 0},
    {2, PageType::kRegular, kReadWrite},
    {3, PageType::kRegular, kReadWrite},
    {4, PageType::kRegular, kReadWrite},
    {5, PageType::kRegular, kReadWrite},
    {6, PageType::kTcs, 0},
    {7, PageType::kRegular, kReadWrite},
};

arch::Tcs make_tcs(uint64_t first_frame, uint32_t frames) {
  arch::Tcs tcs{};
  tcs.ssa_offset = first_frame * kPageSize;
  tcs.ssa_frame_count = frames;
  tcs.fs_base_offset = 4 * kPageSize;
  tcs.gs_base_offset = 5 * kPageSize;
  tcs.fs_limit = arch::kTcsSegmentLimit;
  tcs.gs_limit = arch::kTcsSegmentLimit;
  return tcs;
}

// Keeps the range reserved, so that nothing else is mapped there before the enclave is.
uint64_t reserve() {
  void* const area = mmap(nullptr, 2 * kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  const auto start = reinterpret_cast<uint64_t>(area);
  const uint64_t aligned = (start + kSize - 1) & ~(kSize - 1);
  if (aligned != start) munmap(area, aligned - start);
  munmap(reinterpret_cast<void*>(aligned + kSize), start + kSize - aligned);
  return aligned;
}

thread_local Answer* answer_of_call;

int on_exit(long, long, long rdx, long, long r8, long, Run*) {
  answer_of_call->rdx = static_cast<uint64_t>(rdx);
  answer_of_call->r8 = static_cast<uint64_t>(r8);
  return 0;
}

template <typename T>
const T& read(uint64_t address) {
  return *reinterpret_cast<const T*>(address);
}

}  // namespace

uint64_t find_in_vdso(const char* name) {
  const uint64_t base = getauxval(AT_SYSINFO_EHDR);
  const auto& header = read<Elf64_Ehdr>(base);
  uint64_t symbols = 0, strings = 0, hash = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto& segment = read<Elf64_Phdr>(base + header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_DYNAMIC) continue;
    for (uint64_t at = base + segment.p_offset; read<Elf64_Dyn>(at).d_tag != DT_NULL;
         at += sizeof(Elf64_Dyn)) {
      const auto& entry = read<Elf64_Dyn>(at);
      if (entry.d_tag == DT_SYMTAB) symbols = base + entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRTAB) strings = base + entry.d_un.d_ptr;
      if (entry.d_tag == DT_HASH) hash = base + entry.d_un.d_ptr;
    }
  }
  for (uint32_t i = 0; hash != 0 && i < read<uint32_t>(hash + 4); ++i) {
    const auto& symbol = read<Elf64_Sym>(symbols + i * sizeof(Elf64_Sym));
    if (std::strcmp(&read<char>(strings + symbol.st_name), name) == 0) return base + symbol.st_value;
  }
  return 0;
}

TestEnclave::TestEnclave(uint64_t attributes, uint32_t misc_select, const std::function<void(int fd)>& before,
                         uint64_t place)
    : attributes_(arch::kAttributeMode64 | attributes),
      misc_select_(misc_select),
      measurement_(arch::MeasurementBuilder::create(kSize, 1).value()) {
  fd = open("/dev/sgx_enclave", O_RDWR | O_CLOEXEC);
  if (before) before(fd);
  base = place != 0 ? place : reserve();
  alignas(kPageSize) arch::Secs secs{};
  secs.size = kSize;
  secs.base_address = base;
  secs.ssa_frame_size = 1;
  secs.misc_select = misc_select_;
  secs.attributes = {attributes_, arch::kXfrmLegacy | arch::kXfrmAvx};
  uapi::Create create{reinterpret_cast<uint64_t>(&secs)};
  EXPECT_EQ(ioctl(uapi::kCreate, &create), 0);
  alignas(kPageSize) uint8_t content[kPageSize];
  for (const PagePlan& plan : kPlan) {
    std::memset(content, 0, sizeof(content));
    if (plan.page == 0) std::memcpy(content, test_enclave_code, kPageSize);
    arch::Tcs tcs = plan.page == 1 ? make_tcs(2, 2) : make_tcs(7, 1);
    if ((attributes & arch::kAttributeAexNotify) != 0) tcs.flags = arch::kTcsAexNotify;
    if (plan.type == PageType::kTcs) std::memcpy(content, &tcs, sizeof(tcs));
    EXPECT_EQ(add(plan.page, plan.permissions | static_cast<uint64_t>(plan.type) << 8, content), 0);
    EXPECT_TRUE(measurement_.add_pages({.offset = plan.page * kPageSize,
                                        .size = kPageSize,
                                        .type = plan.type,
                                        .permissions = static_cast<uint32_t>(plan.permissions)},
                                       content));
  }
}

TestEnclave::~TestEnclave() {
  munmap(reinterpret_cast<void*>(base), kSize);
  close(fd);
}

int TestEnclave::ioctl(unsigned long request, void* argument) const {
  return ::ioctl(fd, request, argument) == 0 ? 0 : errno;
}

int TestEnclave::add(uint64_t page, uint64_t secinfo_flags, const void* content) {
  arch::Secinfo secinfo{secinfo_flags, {}};
  uapi::AddPages what{.source = reinterpret_cast<uint64_t>(content),
                      .offset = page * kPageSize,
                      .length = kPageSize,
                      .secinfo = reinterpret_cast<uint64_t>(&secinfo),
                      .flags = uapi::kPageMeasure,
                      .count = 0};
  return ioctl(uapi::kAddPages, &what);
}

arch::Sigstruct TestEnclave::signature() const {
  arch::SigstructContents contents;
  contents.measurement = measurement_.current();
  contents.date = 0x20240101;
  contents.attributes = {attributes_, arch::kXfrmLegacy};
  contents.misc_select = misc_select_;
  arch::Sigstruct sigstruct = arch::make_sigstruct(contents);
  EXPECT_TRUE(
      arch::sign_sigstruct(sigstruct, crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value()));
  return sigstruct;
}

int TestEnclave::initialise() {
  return initialise(signature());
}
int TestEnclave::initialise(const arch::Sigstruct& sigstruct) {
  uapi::Init init{reinterpret_cast<uint64_t>(&sigstruct)};
  return ioctl(uapi::kInit, &init);
}

void TestEnclave::map() {
  for (const PagePlan& plan : kPlan) {
    const int protection =
        plan.type == PageType::kTcs ? PROT_READ | PROT_WRITE : static_cast<int>(plan.permissions);
    EXPECT_NE(
        mmap(reinterpret_cast<void*>(at(plan.page)), kPageSize, protection, MAP_SHARED | MAP_FIXED, fd, 0),
        MAP_FAILED);
  }
}

Answer TestEnclave::call(Command command, uint64_t argument, uint64_t tcs_page, uint32_t leaf) const {
  using Enter = int (*)(uint64_t, uint64_t, uint64_t, unsigned, uint64_t, uint64_t, Run*);
  static const auto enter = reinterpret_cast<Enter>(find_in_vdso("__vdso_sgx_enter_enclave"));
  Answer answer;
  answer.run.tcs = at(tcs_page);
  answer.run.handler = reinterpret_cast<uint64_t>(&on_exit);
  answer_of_call = &answer;
  uint64_t rdi = static_cast<uint64_t>(command);
  uint64_t rsi = argument;
  uint64_t rdx = 0;
  uint64_t rcx = leaf;
  uint64_t rax = reinterpret_cast<uint64_t>(enter);
  register uint64_t r8 asm("r8") = reinterpret_cast<uint64_t>(&answer.run);
  // The enclave need not keep the registers that a C function keeps. The seventh argument is on the stack.
  asm volatile(
      "mov %%rsp, %%r14\n sub $144, %%rsp\n and $-16, %%rsp\n mov %%r14, 8(%%rsp)\n mov %%r8, (%%rsp)\n"
      "call *%%rax\n mov 8(%%rsp), %%rsp\n"
      : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+c"(rcx), "+r"(r8)
      :
      : "memory", "cc", "rbx", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3",
        "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  answer.result = static_cast<int>(rax);
  return answer;
}

}  // namespace strongroom::sgx
