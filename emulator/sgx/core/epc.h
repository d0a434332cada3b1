// The enclave page cache: its pages, what the EPCM says of each, and what a SECS holds beyond its fields.
// Intel SDM volume 3D, chapter "Enclave Access Control and Data Structures", sections "Enclave Page Cache Map
// (EPCM)" and "SGX Enclave Control Structure (SECS)".
#pragma once

#include <memory>
#include <optional>

#include "arch/identity.h"
#include "arch/measurement.h"
#include "arch/secs.h"
#include "arch/tcs.h"

namespace strongroom::sgx {

struct EpcPage;

// Threads inside an enclave, counted by the epoch in which they entered: ETRACK begins a new epoch, and the
// epoch before it is over when all who entered in it have left.
struct Tracking {
  uint64_t epoch = 1;
  uint32_t threads_of_epoch = 0;
  uint32_t threads_of_earlier = 0;  // entered in epoch - 1; older ones cannot be: ETRACK waits for them

  void enter() { ++threads_of_epoch; }
  void leave(uint64_t entered_in) { --(entered_in == epoch ? threads_of_epoch : threads_of_earlier); }
  [[nodiscard]] uint32_t threads() const { return threads_of_epoch + threads_of_earlier; }
  // Whether no thread is inside any more that was there at the time of `changed_in`.
  [[nodiscard]] bool is_over(uint64_t changed_in) const {
    return epoch > changed_in && (epoch > changed_in + 1 || threads_of_earlier == 0);
  }
};

// What a SECS page holds.
struct Enclave {
  arch::Secs secs;
  arch::MeasurementBuilder measurement;
  std::optional<arch::EnclaveIdentity> identity;  // there from EINIT on
  uint64_t children = 0;                          // valid pages of the enclave
  Tracking tracking;

  [[nodiscard]] bool initialized() const { return identity.has_value(); }
  [[nodiscard]] bool contains(uint64_t address) const {
    return address >= secs.base_address && address - secs.base_address < secs.size;
  }
};

// The EPCM's entry for a page.
struct EpcmEntry {
  bool valid = false;
  arch::PageType type = arch::PageType::kSecs;
  uint32_t permissions = arch::kNoAccess;  // arch::Protection bits
  bool pending = false;                    // added by EAUG, not yet accepted
  bool modified = false;                   // type changed by EMODT, not yet accepted
  bool permissions_restricted = false;     // PR: by EMODPR, not yet accepted
  uint64_t address = 0;                    // ENCLAVEADDRESS
  EpcPage* secs = nullptr;                 // ENCLAVESECS
  uint64_t changed_in = 0;                 // the epoch of the last EMODT or EMODPR
};

// A page of the EPC. Whoever makes the page owns the 4096 bytes that `bytes` points to, which must outlive
// it.
struct EpcPage {
  EpcmEntry epcm;
  uint8_t* bytes = nullptr;
  std::unique_ptr<Enclave> enclave;  // of a valid SECS page

  [[nodiscard]] arch::Tcs& tcs() const { return *reinterpret_cast<arch::Tcs*>(bytes); }
};

}  // namespace strongroom::sgx
