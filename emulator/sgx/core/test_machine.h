// A processor with an enclave for tests. The enclave, from its base:
//   page 0 code (RX), 1 TCS, 2 and 3 its two SSA frames, 4 and 5 data (RW), 6 constants (R), 7 code (X);
// the other pages are not there. Everything is measured.
#pragma once

#include <map>
#include <memory>

#include "core/cpu.h"
#include "core/encls.h"
#include "core/enclu.h"

namespace strongroom::sgx {

inline constexpr uint64_t kBase = 0x10'0000'0000;
inline constexpr uint64_t kSize = 32 * arch::kPageSize;
constexpr uint64_t page_at(uint64_t index) {
  return kBase + index * arch::kPageSize;
}
inline constexpr uint64_t kCode = page_at(0), kTcs = page_at(1), kSsa0 = page_at(2), kSsa1 = page_at(3),
                          kData = page_at(4), kData2 = page_at(5), kConstants = page_at(6),
                          kExecuteOnly = page_at(7), kFree = page_at(8), kFree2 = page_at(9);
inline constexpr uint64_t kEntryOffset = 0x40;
inline constexpr uint64_t kAep = 0x7f00'0000'1000;
inline constexpr uint64_t kHostRip = 0x7f00'0000'0800;

struct TestPage {
  EpcPage page;
  alignas(arch::kPageSize) std::array<uint8_t, arch::kPageSize> bytes{};
  TestPage() { page.bytes = bytes.data(); }
};

arch::Secs make_secs();
arch::Tcs make_tcs();
arch::Secinfo make_secinfo_of(arch::PageType type, uint64_t flags);
arch::Sigstruct sign(const arch::SigstructContents& contents);
arch::SigstructContents contents_for(const EpcPage& secs);

class TestMachine final : public AddressSpace {
 public:
  // An enclave with all its pages and without EINIT.
  explicit TestMachine(const arch::Secs& secs = make_secs());

  // EINIT with a signature by the test key; the attributes are those of the SECS.
  void initialise();
  // A machine in enclave mode: after initialise() and EENTER.
  static std::unique_ptr<TestMachine> entered(const arch::Secs& secs = make_secs());

  tl::expected<EpcPage*, Fault> translate(uint64_t address, Access access) override;

  EpcPage& secs() { return secs_.page; }
  Enclave& enclave() { return *secs_.page.enclave; }
  // The page that translate() finds at the address; a new, invalid one where there is none yet.
  EpcPage& page(uint64_t address);
  // Makes the address ordinary memory, or not mapped at all.
  void make_ordinary(uint64_t address) { pages_.erase(address); }
  void unmap(uint64_t address) { unmapped_[address] = true; }

  // Registers for EENTER of the TCS, with a value of its own in every other register.
  void prepare_entry(arch::Enclu leaf = arch::Enclu::kEenter);
  std::optional<Fault> run(arch::Enclu leaf, uint64_t rbx, uint64_t rcx, uint64_t rdx = 0);
  std::optional<Fault> run();
  void exit_asynchronously(const std::optional<Fault>& fault = {});
  // EAUG and EACCEPT of the page at kFree with read and write permission.
  EpcPage& augment(uint64_t address = kFree);
  void put_secinfo(arch::PageType type, uint64_t flags, uint64_t address = kData);

  template <typename T>
  T& at(uint64_t address) {
    return *reinterpret_cast<T*>(page(visible_address(address)).bytes + address % arch::kPageSize);
  }

  Processor processor;
  Cpu cpu;
  Execution execution{processor, cpu, *this};
  std::array<uint8_t, 4096> extended{};

 private:
  TestPage secs_;
  std::map<uint64_t, std::unique_ptr<TestPage>> pages_;
  std::map<uint64_t, bool> unmapped_;
};

// What the tests compare outcomes with.
inline bool is_gp(const Outcome& outcome) {
  return !outcome && outcome.error().vector == arch::ExceptionVector::kGeneralProtection;
}
inline bool is_pf(const Outcome& outcome) {
  return !outcome && outcome.error().vector == arch::ExceptionVector::kPageFault;
}
inline bool is_gp(const std::optional<Fault>& fault) {
  return fault && fault->vector == arch::ExceptionVector::kGeneralProtection;
}
inline bool is_pf_at(const std::optional<Fault>& fault, uint64_t address) {
  return fault && fault->vector == arch::ExceptionVector::kPageFault && fault->address == address;
}

}  // namespace strongroom::sgx
