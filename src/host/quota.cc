#include "host/quota.h"

#include <fmt/format.h>

namespace strongroom::host {

Result<void> check_quota(const QuotaName& name, uint64_t user, uint64_t used, uint64_t wanted,
                         uint64_t limit) {
  if (limit == 0 || (used <= limit && wanted <= limit - used)) return {};
  return fail(
      ErrorCode::kResourceExhausted,
      fmt::format("user {} has {} {} of this keeper and asks for {} more, but may have {}; {}, or let "
                  "the administrator raise {} of `strongroom keeper`",
                  user, used, name.what, wanted, limit, name.remedy, name.option));
}

}  // namespace strongroom::host
