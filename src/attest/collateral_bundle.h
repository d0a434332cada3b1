// Collateral of one platform in one file, as other verifiers keep it: the fields of Intel's
// sgx_ql_qve_collateral_t as JSON (dcap-qvl and its kin), as YAML, in Open Enclave's endorsements, and as the
// structure itself; or the certificates of an AMD chip as Azure's metadata service gives them.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest {

// The parts, each to be recognised as if it had come alone; a document and its signature, which such bundles
// keep apart, are joined as Intel's PCS sends them. None where `content` is no such bundle; kMalformed where
// it is one and breaks its form.
Result<std::optional<std::vector<Bytes>>> parts_of_bundle(ByteView content);

}  // namespace strongroom::attest
