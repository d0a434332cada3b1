// A host program of enclaves for tests: uses Linux's interface as any other would, and nothing of the
// emulator.
#pragma once

#include <cstdint>
#include <functional>

#include "arch/einit.h"
#include "preload/uapi.h"

namespace strongroom::sgx {

// struct sgx_enclave_run of Linux's interface.
struct Run {
  uint64_t tcs;
  uint32_t function;
  uint16_t vector;
  uint16_t error_code;
  uint64_t address;
  uint64_t handler;
  uint64_t user_data;
  uint8_t reserved[216];
};
static_assert(sizeof(Run) == 256);

enum class Command : uint64_t {
  kEcho,
  kSyscall,
  kCpuid,
  kBreakpoint,
  kIllegal,
  kDivision,
  kWait,
  kSegments,
  kStore,
  kLoad,
  kSkip,
  kTimestamp,
  kAskForNotice,
  kDecrement
};

// What the enclave left in registers at its exit.
struct Answer {
  int result = 0;
  uint64_t rdx = 0;
  uint64_t r8 = 0;
  Run run{};
};

// Pages: 0 code, 1 TCS and 2, 3 its frames, 4 data (FS), 5 data (GS), 6 a second TCS and 7 its frame; 16 in
// all.
class TestEnclave {
 public:
  static constexpr uint64_t kPages = 16;
  // The first TCS may ask for notices where `attributes` have it (kAttributeAexNotify).
  // Makes it up to the point before INIT. `attributes`: beside those of every enclave.
  // `before`: with the descriptor, before the enclave is created. `place`: where, if not anywhere.
  explicit TestEnclave(uint64_t attributes = 0, uint32_t misc_select = arch::kMiscExinfo,
                       const std::function<void(int fd)>& before = {}, uint64_t place = 0);
  ~TestEnclave();
  TestEnclave(const TestEnclave&) = delete;
  TestEnclave& operator=(const TestEnclave&) = delete;

  int initialise();  // 0 or errno
  int initialise(const arch::Sigstruct& sigstruct);
  [[nodiscard]] arch::Sigstruct signature() const;
  void map();  // all pages with the permissions they were added with
  int ioctl(unsigned long request, void* argument) const;  // 0 or errno
  int add(uint64_t page, uint64_t secinfo_flags, const void* content);

  Answer call(Command command, uint64_t argument = 0, uint64_t tcs_page = 1, uint32_t leaf = 2) const;
  [[nodiscard]] uint64_t at(uint64_t page) const { return base + page * arch::kPageSize; }

  int fd = -1;
  uint64_t base = 0;

 private:
  uint64_t attributes_;
  uint32_t misc_select_;
  arch::MeasurementBuilder measurement_;
};

// The vDSO's function, looked up by dlvsym-free ELF reading, as Linux's documentation asks for.
uint64_t find_in_vdso(const char* name);

}  // namespace strongroom::sgx
