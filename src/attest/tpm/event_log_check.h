// Whether an event log is the story behind the registers that a quote has signed, as findings; and what it
// tells of Secure Boot, as claims, where it is.
#pragma once

#include "attest/assessment.h"
#include "attest/tpm/event_log.h"

namespace strongroom::attest::tpm {

// `quoted` are values that a quote has signed: PCRs by bank, or under kAlgSha384 the registers of a CCEL (1
// is RTMR0). Every register that the log speaks of must come out at its quoted value. Claims:
// "uefi.secure_boot", "uefi.pk", "uefi.kek", "uefi.db", "uefi.dbx", "uefi.authorities".
void judge_event_log(ByteView log, const PcrBanks& quoted, Assessment& assessment);

// As above for RTMR0 to RTMR3, with the CCELs among the documents: one of them must fit. Without any the
// check is not applicable.
void judge_runtime_logs(const VerificationOptions& options,
                        const std::array<std::array<uint8_t, 48>, 4>& registers, Assessment& assessment);

// What a log says by itself: its replayed registers and Secure Boot as claims.
void claim_event_log(const EventLog& log, Claims& claims);

}  // namespace strongroom::attest::tpm
