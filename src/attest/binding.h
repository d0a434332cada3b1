// How evidence binds what stands outside of it: its report data are a hash of that, filled up with zeros.
#pragma once

#include <algorithm>
#include <optional>

#include "base/bytes.h"

namespace strongroom::attest {

// `report_data` is exactly `hash` and then zeros. Report data that are absent, or too short for the whole
// hash, bind nothing.
inline bool binds_hash(const std::optional<Bytes>& report_data, ByteView hash) {
  if (!report_data || hash.empty() || report_data->size() < hash.size()) return false;
  const ByteView data = *report_data;
  const ByteView rest = data.subspan(hash.size());
  return equal(data.first(hash.size()), hash) &&
         std::all_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace strongroom::attest
