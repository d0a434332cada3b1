// What one user of the machine may have at a time of a keeper that serves several.
#pragma once

#include <cstdint>
#include <string_view>

#include "strongroom/result.h"

namespace strongroom::host {

// 0: as much as the machine gives.
struct Quotas {
  uint64_t connections = 0;
  uint64_t images = 0;
  uint64_t enclaves = 0;
  uint64_t memory = 0;  // bytes: of images, and of all that running enclaves may take
};

// One limit: its name in messages and as an option of `strongroom keeper`, and how to get below it.
struct QuotaName {
  std::string_view what;
  std::string_view option;
  std::string_view remedy;
};
inline constexpr QuotaName kConnectionQuota{"connections", "--max-connections", "end an application"};
inline constexpr QuotaName kImageQuota{"images", "--max-images", "close one"};
inline constexpr QuotaName kEnclaveQuota{"enclaves", "--max-enclaves", "end one (strongroom ps, stop)"};
inline constexpr QuotaName kMemoryQuota{"bytes", "--max-memory", "end an enclave (strongroom ps, stop)"};

// kResourceExhausted where `used` and `wanted` together are above the limit. The message names limit and
// remedy.
Result<void> check_quota(const QuotaName& name, uint64_t user, uint64_t used, uint64_t wanted,
                         uint64_t limit);

}  // namespace strongroom::host
