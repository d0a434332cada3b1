// PEM text (RFC 7468) taken apart.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/signature_cache.h"

namespace strongroom::crypto {

struct PemBlock {
  std::string label;  // "CERTIFICATE", "X509 CRL", "PUBLIC KEY"...
  Bytes content;
};

// All blocks, in order. Between and around blocks only white space and NUL bytes may stand when `strict`;
// otherwise other text is passed over. Fails on a block that is cut off or whose base64 is wrong, and on more
// than `limit` blocks.
Result<std::vector<PemBlock>> read_pem(ByteView text, bool strict, size_t limit = 4096);

// The certificates of a strict PEM text that holds nothing else, at most `limit`, at least one.
Result<std::vector<Certificate>> certificates_from_pem(ByteView text, size_t limit = 16,
                                                       SignatureCache* cache = nullptr);

}  // namespace strongroom::crypto
