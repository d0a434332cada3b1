#include "kernel/port/sgx_notice.h"

#include "kernel/boot.h"
#include "kernel/port/sgx_masks.h"
#include "kernel/port/sgx_memory.h"
#include "kernel/port/sgx_operand.h"

// kernel.ld, sgx_entry.S, sgx_notice.S
extern "C" {
extern const char strongroom_text_start[], strongroom_text_end[], strongroom_data_start[];
extern const char strongroom_entry_sgx[], strongroom_sgx_entry_with_gs[];
extern const char strongroom_sgx_return[], strongroom_sgx_resume_instruction[];
}

namespace strongroom::kernel::port::sgx {
namespace {

using arch::kPageSize;

constexpr uint64_t kLine = 64;
constexpr uint64_t kDirectionFlag = 0x400;

uint64_t address_of(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}
Mask within(uint64_t address, uint64_t begin, uint64_t end) {
  return less(address - begin, end - begin);
}
Mask within(uint64_t address, const arch::ImageRange& range) {
  return less(address - enclave_base() - range.offset, range.size);
}

// As access_to(), of all of the enclave that its code may touch.
uint64_t enclave_access(uint64_t address, const Thread& thread) {
  const arch::ImageHeader& header = image_header();
  const uint64_t base = enclave_base(), kernel_end = base + header.kernel.offset + header.kernel.size;
  const uint64_t data = address_of(strongroom_data_start), stack_top = address_of(&thread) + kThreadAreaSize;
  const Mask code = within(address, address_of(strongroom_text_start), address_of(strongroom_text_end)) |
                    within(address, header.gates);
  const Mask readable = within(address, base, data) | within(address, header.boot_data) | code;
  const Mask writable = within(address, data, kernel_end) |
                        within(address, stack_top - header.kernel_stack_stride + kPageSize, stack_top);
  return access_to(address) | (code & (arch::kRead | arch::kExecute)) | (readable & arch::kRead) |
         (writable & (arch::kRead | arch::kWrite));
}

// A RET in a page of code: to execute it is to have the page's translation where instructions are fetched.
// Which page it is the host knows; of the page it depends on nothing but its contents.
uint64_t find_return(uint64_t rip, uint64_t access) {
  constexpr uint64_t kOnes = 0x0101'0101'0101'0101, kRet = 0xc3;
  constexpr uint64_t kUsable = arch::kRead | arch::kExecute;
  if ((access & kUsable) != kUsable) return address_of(strongroom_sgx_return);
  const auto* const page = reinterpret_cast<const uint64_t*>(rip & ~(kPageSize - 1));
  for (uint64_t i = 0; i < kPageSize / sizeof(uint64_t); ++i) {
    // The lowest byte that is equal is found for certain: those above may be found wrongly.
    const uint64_t different = page[i] ^ kRet * kOnes;
    const uint64_t zeros = (different - kOnes) & ~different & kOnes << 7;
    if (zeros != 0) return address_of(page + i) + static_cast<uint64_t>(__builtin_ctzll(zeros)) / 8;
  }
  return address_of(strongroom_sgx_return);
}

// The instruction's bytes as far as its page goes.
void read_code(uint64_t rip, uint64_t access, uint8_t (&code)[16]) {
  const uint8_t nothing = 0;
  const Mask readable = ~is_zero(access & arch::kRead);
  for (uint64_t i = 0; i < sizeof code; ++i) {
    const Mask same_page = readable & is_zero((rip ^ (rip + i)) & ~(kPageSize - 1));
    code[i] = *reinterpret_cast<const uint8_t*>(choose(same_page, rip + i, address_of(&nothing)));
  }
}

// What the instruction at `interrupted` needs, as far as the enclave may touch it; the rest is Interrupted
// itself.
void find_near(const Thread& thread, const arch::Gprsgx& saved, Interrupted& interrupted) {
  const uint64_t rip = interrupted.rip, rsp = saved.rsp, own = address_of(&interrupted);
  const uint64_t access = enclave_access(rip, thread);
  uint8_t code[16];
  read_code(rip, access, code);
  const Operands operands = find_operands(code, interrupted.registers, rip, saved.fs_base, saved.gs_base);
  interrupted.near_return = find_return(rip, access);
  interrupted.near_code = choose(~is_zero(access & arch::kRead), rip, own);
  // Stacks grow by what is pushed; operands may reach into the next line.
  const uint64_t wanted[kNear] = {rsp - sizeof(uint64_t), rsp, operands.first, operands.first + kLine - 1,
                                  operands.second};
  for (size_t i = 0; i < kNear; ++i) {
    const uint64_t permitted = enclave_access(wanted[i], thread);
    interrupted.near_read[i] = choose(~is_zero(permitted & arch::kRead), wanted[i], own);
    interrupted.near_write[i] = choose(~is_zero(permitted & arch::kWrite), wanted[i], own);
  }
}

void find_nothing_near(Interrupted& interrupted) {
  const uint64_t own = address_of(&interrupted);
  interrupted.near_return = address_of(strongroom_sgx_return);
  interrupted.near_code = own;
  for (uint64_t& address : interrupted.near_read) address = own;
  for (uint64_t& address : interrupted.near_write) address = own;
}

// An entry that has not yet found its Thread: that part is done for it, since the way back goes by GS.
bool complete_entry(const Thread& thread, const arch::Gprsgx& saved, Interrupted& interrupted) {
  constexpr size_t kR11 = 11;
  constexpr uint64_t kThreadInLastPage = kPageSize - kThreadAreaSize;
  const bool at_begin =
      within(saved.rip, address_of(strongroom_entry_sgx), address_of(strongroom_sgx_entry_with_gs)) != 0;
  if (!at_begin || saved.gs_base != address_of(&thread) - kThreadInLastPage) return false;
  interrupted.registers[kR11] = address_of(&thread);
  interrupted.rflags &= ~kDirectionFlag;
  interrupted.rip = address_of(strongroom_sgx_entry_with_gs);
  return true;
}

}  // namespace
}  // namespace strongroom::kernel::port::sgx

// On CSSA 1, on the handler's stack, which ends below `stack_end`. `saved`: the interrupted frame. `claim`:
// RDI of the host; an honest one that resumes has 0 there (sgx_layout.h).
extern "C" strongroom::kernel::port::sgx::Notice strongroom_sgx_notice(strongroom::arch::Gprsgx* saved,
                                                                       strongroom::kernel::Thread* thread,
                                                                       uint64_t claim, uint64_t stack_end) {
  using namespace strongroom;
  using namespace strongroom::kernel;
  using namespace strongroom::kernel::port::sgx;
  auto& interrupted =
      *reinterpret_cast<Interrupted*>(reinterpret_cast<uint64_t>(thread) + kInterruptedOffset);
  const bool is_exception = (saved->exit_info & arch::kExitInfoValid) != 0;

  // On the way back: it begins anew, from what was kept. The program has nothing in that stack.
  constexpr uint64_t kStackSize = arch::kPageSize / 2;
  if (stack_end - saved->rsp < kStackSize ||
      saved->rip == reinterpret_cast<uint64_t>(strongroom_sgx_resume_instruction)) {
    if (claim != 0 && !is_exception) return Notice::kRefuse;
    // Another thread has given up the page in between.
    if (is_exception) find_nothing_near(interrupted);
    saved->exit_info = 0;
    return claim != 0 ? Notice::kRepeat : Notice::kGoOn;
  }

  constexpr uint32_t kDivideError =
      arch::kExitInfoValid | static_cast<uint32_t>(arch::ExitType::kHardwareException)
                                 << arch::kExitInfoTypeShift;
  if (claim != 0 || saved->exit_info == kDivideError) return Notice::kClaimed;
  __builtin_memcpy(&interrupted, saved, offsetof(Interrupted, near_return));
  if (saved->gs_base != reinterpret_cast<uint64_t>(thread) && !complete_entry(*thread, *saved, interrupted))
    return Notice::kRefuse;
  find_near(*thread, *saved, interrupted);
  return Notice::kGoOn;
}
