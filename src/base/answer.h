// How one process of ours answers another that asked it for something: u32 0 and what it asked for; or u32 1
// + ErrorCode and a message for people. Little-endian.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace strongroom {

Bytes encode_answer(const Result<Bytes>& result);

// The same result. kInternal for a code that is none; kMalformed where there is not even one. `who` names the
// one who answers, for instance "the keeper".
Result<Bytes> decode_answer(ByteView answer, std::string_view who);

}  // namespace strongroom
