// The log of what firmware measured into PCRs or, in a TDX guest, into RTMRs. TCG, PC Client Platform
// Firmware Profile, sections 9.2 (TCG_PCR_EVENT) and 9.4.5.1 (TCG_EfiSpecIDEvent): the crypto-agile form and
// the SHA-1 form of old; UEFI 2.10, section 38 (CC measurement) for RTMRs. All integers are little-endian. A
// log by itself proves nothing: it says what is behind values that a quote has signed.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "attest/tpm/tpm_hash.h"
#include "attest/tpm/tpm_quote.h"
#include "base/bytes.h"

namespace strongroom::attest::tpm {

// Types of events (table 27) that are read here.
inline constexpr uint32_t kEventNoAction = 0x3, kEventSeparator = 0x4,
                          kEventVariableDriverConfig = 0x80000001, kEventVariableAuthority = 0x800000e0;

// Who wrote it: it decides what a register's number means.
enum class EventLogKind {
  kTpm,      // PCR 0 to 23
  kRuntime,  // CCEL: 0 is MRTD, 1 to 4 are RTMR0 to RTMR3
};

struct Event {
  uint32_t index = 0;  // PCR, or measurement register of a CCEL
  uint32_t type = 0;
  std::map<uint16_t, ByteView> digests;  // by TPM_ALG_ID; what was extended
  ByteView data;                         // not measured itself, unless its digest says so

  // The digest of every bank is that of `content`.
  [[nodiscard]] bool measures(ByteView content) const;
  // It is a separator (section 3.3.4.1): by its type or, since types are not measured, by the digest of what
  // every separator holds.
  [[nodiscard]] bool separates() const;
};

// Views point into the bytes that were parsed, which must outlive it.
struct EventLog {
  EventLogKind kind = EventLogKind::kTpm;
  std::vector<TpmHash> banks;
  std::vector<Event> events;      // without the header event
  unsigned startup_locality = 0;  // what PCR 0 starts with, and what its StartupLocality event says
};

bool looks_like_event_log(ByteView bytes);

// kMalformed where it breaks the form: cut off, unknown banks, an event without a digest of every bank, an
// event that is longer than the log, more than 65,536 events. Zeros or ones to the end are padding.
Result<EventLog> parse_event_log(ByteView bytes);

// What the registers hold after all events of the log, in every bank; registers without events are absent.
PcrBanks replay(const EventLog& log);

}  // namespace strongroom::attest::tpm
