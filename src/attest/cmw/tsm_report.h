// What Linux's configfs-tsm gives a confidential guest, as ratsd sends it: {"provider", "outblob",
// "auxblob"}, in CBOR or, with base64url, in JSON. And ratsd's token around it: {"cmw", "eat_profile",
// "eat_nonce"}, which nobody has signed.
#pragma once

#include <string>

#include "base/bytes.h"

namespace strongroom::attest::cmw {

bool looks_like_tsm_report(ByteView bytes);
// The evidence in it: the report or quote, and behind it the certificates of the provider sev_guest.
Result<Bytes> evidence_of_tsm_report(ByteView bytes);

bool looks_like_ratsd_token(ByteView bytes);
// The wrapper in it.
Result<Bytes> wrapper_of_ratsd_token(ByteView bytes);

}  // namespace strongroom::attest::cmw
