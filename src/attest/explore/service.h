// What the page of `strongroom explore` asks: JSON in, JSON out, without HTTP.
#pragma once

#include <string>
#include <string_view>

#include "strongroom/result.h"

namespace strongroom::attest::explore {

// {"evidence": base64, "collateral": [{"name", "content": base64, "root": bool}], "policy": TOML or "",
//  "time": RFC 3339 or "" (now), "nonce": hexadecimal or ""} to
// {"evidence": base64 of the bytes that were meant, "time", "result": as result_json(), "structure":
// [{"name",
//  "offset", "size", "text", "children"}], "collateral": [{"name", "kinds"} or {"name", "error"}],
//  "policy": null or {"good", "line", "error", "explanation", "weaknesses"}}.
// A policy with an error is reported and left out of the verdict. Fails on requests that are not of that
// form.
Result<std::string> verify_request(std::string_view request);

// {"name", "content": base64} to {"kind": "evidence", "collateral", "policy" or "unknown", "about"}: what a
// file that was dropped is to be used as.
Result<std::string> recognise_request(std::string_view request);

}  // namespace strongroom::attest::explore
