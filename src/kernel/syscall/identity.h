// User and group ids. The one user is 0, as in a user namespace that maps nobody else: any other id is
// EINVAL.
#pragma once

#include <cstdint>

#include "kernel/fs/inode.h"
#include "kernel/result.h"

namespace strongroom::kernel {

inline constexpr uint32_t kKeepId = UINT32_MAX;  // -1: leave it as it is

// EINVAL unless all ids are 0, or -1 where `may_keep`.
constexpr Result<void> check_ids(const uint32_t* ids, int count, bool may_keep) {
  for (int index = 0; index < count; ++index) {
    if (ids[index] != 0 && !(may_keep && ids[index] == kKeepId)) return Errno::kInvalid;
  }
  return {};
}

inline Result<void> change_owner(Inode& inode, uint32_t user, uint32_t group) {
  const uint32_t ids[] = {user, group};
  KTRY(check_ids(ids, 2, true));
  inode.changed();
  return {};
}

}  // namespace strongroom::kernel
