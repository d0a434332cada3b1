#include "core/test_machine.h"

#include <gtest/gtest.h>

#include <cstring>

#include "arch/test_platform.h"
#include "crypto/test_signing_key.h"

namespace strongroom::sgx {

using arch::PageType;

arch::Secs make_secs() {
  arch::Secs secs{};
  secs.size = kSize;
  secs.base_address = kBase;
  secs.ssa_frame_size = 1;
  secs.misc_select = arch::kMiscExinfo;
  secs.attributes = {arch::kAttributeMode64, arch::kXfrmLegacy | arch::kXfrmAvx};
  return secs;
}

arch::Tcs make_tcs() {
  arch::Tcs tcs{};
  tcs.ssa_offset = kSsa0 - kBase;
  tcs.ssa_frame_count = 2;
  tcs.entry_offset = kEntryOffset;
  tcs.fs_base_offset = kData - kBase;
  tcs.gs_base_offset = kData2 - kBase;
  tcs.fs_limit = arch::kTcsSegmentLimit;
  tcs.gs_limit = arch::kTcsSegmentLimit;
  return tcs;
}

arch::Secinfo make_secinfo_of(PageType type, uint64_t flags) {
  return {flags | static_cast<uint64_t>(type) << arch::kSecinfoTypeShift, {}};
}

arch::SigstructContents contents_for(const EpcPage& secs) {
  arch::SigstructContents out;
  out.measurement = secs.enclave->measurement.current();
  out.date = 0x20240101;
  out.product_id = 3;
  out.svn = 4;
  out.attributes = secs.enclave->secs.attributes;
  out.misc_select = secs.enclave->secs.misc_select;
  return out;
}

arch::Sigstruct sign(const arch::SigstructContents& contents) {
  static const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  arch::Sigstruct sigstruct = arch::make_sigstruct(contents);
  EXPECT_TRUE(arch::sign_sigstruct(sigstruct, key));
  return sigstruct;
}

TestMachine::TestMachine(const arch::Secs& secs) {
  processor.platform = arch::test_platform();
  processor.xfrm = arch::kXfrmLegacy | arch::kXfrmAvx;
  processor.aex_notify = (secs.attributes.flags & arch::kAttributeAexNotify) != 0;
  cpu.xcr0 = processor.xfrm;
  cpu.extended = extended;
  EXPECT_TRUE(ecreate(processor, secs_.page, secs, make_secinfo_of(PageType::kSecs, 0)));
  const auto add = [&](uint64_t address, PageType type, uint64_t flags) {
    std::array<uint8_t, arch::kPageSize> content;
    content.fill(static_cast<uint8_t>(address >> 12));
    const arch::Tcs tcs = make_tcs();
    if (type == PageType::kTcs) std::memcpy(content.data(), &tcs, sizeof(tcs));
    EXPECT_TRUE(eadd(page(address), address, secs_.page, make_secinfo_of(type, flags), content));
    for (uint64_t at = 0; at < arch::kPageSize; at += 256)
      EXPECT_TRUE(eextend(secs_.page, page(address), at));
  };
  constexpr uint64_t kReadWrite = arch::kRead | arch::kWrite;
  add(kCode, PageType::kRegular, arch::kRead | arch::kExecute);
  add(kTcs, PageType::kTcs, 0);
  for (const uint64_t address : {kSsa0, kSsa1, kData, kData2}) add(address, PageType::kRegular, kReadWrite);
  add(kConstants, PageType::kRegular, arch::kRead);
  add(kExecuteOnly, PageType::kRegular, arch::kExecute);
}

void TestMachine::initialise() {
  const arch::Sigstruct sigstruct = sign(contents_for(secs_.page));
  const Outcome outcome = einit(sigstruct, secs_.page, arch::signer_identity(sigstruct));
  ASSERT_TRUE(outcome);
  ASSERT_EQ(*outcome, arch::LeafStatus::kSuccess);
}

std::unique_ptr<TestMachine> TestMachine::entered(const arch::Secs& secs) {
  auto machine = std::make_unique<TestMachine>(secs);
  machine->initialise();
  machine->prepare_entry();
  EXPECT_FALSE(machine->run());
  return machine;
}

tl::expected<EpcPage*, Fault> TestMachine::translate(uint64_t address, Access access) {
  const uint64_t at = visible_address(address);
  if (unmapped_.contains(at))
    return tl::unexpected<Fault>(
        {arch::ExceptionVector::kPageFault, access_bits(access) & ~uint32_t{kFaultPresent}, address});
  const auto found = pages_.find(at);
  return found == pages_.end() ? nullptr : &found->second->page;
}

EpcPage& TestMachine::page(uint64_t address) {
  auto& slot = pages_[address];
  if (!slot) slot = std::make_unique<TestPage>();
  return slot->page;
}

void TestMachine::prepare_entry(arch::Enclu leaf) {
  cpu.registers = {.rax = static_cast<uint64_t>(leaf),
                   .rcx = kAep,
                   .rdx = 0x1d,
                   .rbx = kTcs,
                   .rsp = 0x7f00'0000'2000,
                   .rbp = 0x7f00'0000'2800,
                   .rsi = 0x15,
                   .rdi = 0x1e,
                   .r8 = 0x18,
                   .r9 = 0x19,
                   .r10 = 0x1a,
                   .r11 = 0x1b,
                   .r12 = 0x1c,
                   .r13 = 0x13,
                   .r14 = 0x14,
                   .r15 = 0x1f,
                   .rflags = 0x202,
                   .rip = kHostRip};
  cpu.fs_base = 0x7f00'0000'f000;
  cpu.gs_base = 0x7f00'0000'e000;
  cpu.xcr0 = processor.xfrm;
}

std::optional<Fault> TestMachine::run() {
  return enclu(execution);
}
std::optional<Fault> TestMachine::run(arch::Enclu leaf, uint64_t rbx, uint64_t rcx, uint64_t rdx) {
  cpu.registers.rax = static_cast<uint64_t>(leaf);
  cpu.registers.rbx = rbx;
  cpu.registers.rcx = rcx;
  cpu.registers.rdx = rdx;
  return enclu(execution);
}

void TestMachine::exit_asynchronously(const std::optional<Fault>& fault) {
  sgx::exit_asynchronously(execution, fault);
}

EpcPage& TestMachine::augment(uint64_t address) {
  EXPECT_TRUE(eaug(page(address), address, secs_.page));
  return page(address);
}

void TestMachine::put_secinfo(PageType type, uint64_t flags, uint64_t address) {
  at<arch::Secinfo>(address) = make_secinfo_of(type, flags);
}

}  // namespace strongroom::sgx
