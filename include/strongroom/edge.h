// The calls across the boundary, as generated code uses them; `strongroom edl` makes that code from an EDL
// file.
//
// One call goes like this. The caller computes, with overflow checks, what its request and response take,
// borrows that much shared memory from its CallTransport, writes the request and waits. The callee copies
// each argument once into its own memory (an Arena), checks the copy, calls the function, and writes results
// over the request. The caller then takes each result once into the place that it was meant for. Nothing is
// allocated on the heap; a failed call makes an Error, whose message is.
//
// Neither side believes the other: no size, count, index or pointer of the other is used before it was
// checked against what this side knows, and nothing is read twice. Padding and addresses never cross. Where a
// call fails, every [out] parameter is zeroed; an [in,out] parameter keeps what the caller put there, or is
// zeroed, too, where the response turned out malformed half way.
//
// A C++ exception that leaves the callee becomes an error of the call (kCallFailed) with the exception's
// message.
#pragma once

#include "strongroom/edge/signature.h"
