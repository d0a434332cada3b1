// The table of certificates that hypervisors hand out beside a report. SEV-ES Guest-Hypervisor Communication
// Block Standardization (AMD document 56421), section 4.1.8.1: entries of GUID, offset and length, ended by a
// zero entry, then the certificates.
#pragma once

#include <vector>

#include "crypto/certificate.h"

namespace strongroom::attest::amd {

struct CertificateTable {
  std::vector<crypto::Certificate> certificates;
  std::vector<crypto::RevocationList> revocation_lists;
};

// Reads VCEK, VLEK, ASK, ARK and the revocation list; other entries are passed over. At most 64 entries.
Result<CertificateTable> parse_certificate_table(ByteView bytes);

}  // namespace strongroom::attest::amd
