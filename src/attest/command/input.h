// Evidence and collateral from files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "strongroom/attest.h"

namespace strongroom::attest {

// The bytes of a file, without lines of comment ("#") before them. "-" is standard input.
// kResourceExhausted: it is longer than any evidence, 16 MiB.
Result<Bytes> read_evidence(const std::filesystem::path& path);

// What has been read, or what its text means where the text is hexadecimal or base64 of evidence of a known
// format: for those who need the evidence's own bytes. verify() and decode() take text as it is, and say so.
Bytes plain_evidence(Bytes content);

// Adds a file, or every regular file of a directory in the order of their names. A file that is damaged is
// passed over and named in `passed_over`; one that cannot be read is an error.
Result<void> add_collateral(Collateral& collateral, const std::filesystem::path& path,
                            std::vector<std::string>& passed_over);

// The keys of the certificates in `content` (PEM or DER), each issued by itself, as further roots called
// `name`.
Result<void> add_roots(ByteView content, const std::string& name, VerificationOptions& options);

}  // namespace strongroom::attest
