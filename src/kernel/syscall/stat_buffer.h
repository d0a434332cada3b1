// struct stat, as stat(2), fstat(2) and newfstatat(2) give it to the program.
#pragma once

#include <cstdint>

#include "kernel/fs/inode.h"

namespace strongroom::kernel {

// EFAULT.
Result<void> write_stat(uint64_t address, Inode& inode);

struct StampParts {
  int64_t seconds;
  int64_t nanoseconds;  // 0 to 999,999,999
};
// A stamp before 1970 is a negative number of nanoseconds.
constexpr StampParts split_stamp(uint64_t stamp) {
  constexpr int64_t kSecond = 1'000'000'000;
  const auto time = static_cast<int64_t>(stamp);
  const int64_t rest = (time % kSecond + kSecond) % kSecond;
  return {(time - rest) / kSecond, rest};
}

}  // namespace strongroom::kernel
