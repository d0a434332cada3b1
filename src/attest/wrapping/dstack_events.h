// Event logs as dstack's guest agent gives them beside its quotes.
#pragma once

#include <string_view>

#include "attest/assessment.h"

namespace strongroom::attest::wrapping {

// `text` is a JSON array of {imr, event_type, digest, event, event_payload}; the claims must be those of a
// TDX quote that has been judged. Every register that the log speaks of must come out at its quoted value,
// and the events of dstack itself (type 0x08000001) must have the digests of what they say. Those of RTMR3
// become claims "dstack.NAME"; of several with one name the first, because programs may add others after the
// system has started them.
void judge_dstack_events(std::string_view text, Assessment& assessment);

}  // namespace strongroom::attest::wrapping
