// Statements that a service in a confidential container signs with a key that its hardware vouches for: a
// COSE_Sign1 whose protected header "attestedsvc" holds the SNP report, AMD's certificates, the endorsement
// of the utility VM, and the key (scitt-ccf-ledger, docs/schemas/attestedsvc-signed-statement.cddl).
#pragma once

#include "attest/format.h"

namespace strongroom::attest::azure {

extern const EvidenceFormat kAttestedStatementFormat;

}  // namespace strongroom::attest::azure
