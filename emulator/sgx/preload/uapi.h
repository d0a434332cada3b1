// Linux's interface to SGX: include/uapi/asm/sgx.h (arch/x86), documented in Documentation/x86/sgx.rst. It is
// repeated here because installed headers may be older than the calls for changing enclaves.
#pragma once

#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace strongroom::sgx::uapi {

struct Create {
  uint64_t secs;
};
struct AddPages {
  uint64_t source;
  uint64_t offset;
  uint64_t length;
  uint64_t secinfo;
  uint64_t flags;
  uint64_t count;  // out
};
struct Init {
  uint64_t sigstruct;
};
struct Provision {
  uint64_t fd;
};
struct RestrictPermissions {
  uint64_t offset;
  uint64_t length;
  uint64_t permissions;
  uint64_t result;  // out
  uint64_t count;   // out
};
struct ModifyTypes {
  uint64_t offset;
  uint64_t length;
  uint64_t page_type;
  uint64_t result;  // out
  uint64_t count;   // out
};
struct RemovePages {
  uint64_t offset;
  uint64_t length;
  uint64_t count;  // out
};
static_assert(sizeof(AddPages) == 48);
static_assert(sizeof(RestrictPermissions) == 40);
static_assert(sizeof(ModifyTypes) == 40);
static_assert(sizeof(RemovePages) == 24);

inline constexpr uint64_t kPageMeasure = 1;  // AddPages::flags

inline constexpr unsigned long kCreate = _IOW(0xa4, 0x00, Create);
inline constexpr unsigned long kAddPages = _IOWR(0xa4, 0x01, AddPages);
inline constexpr unsigned long kInit = _IOW(0xa4, 0x02, Init);
inline constexpr unsigned long kProvision = _IOW(0xa4, 0x03, Provision);
inline constexpr unsigned long kRestrictPermissions = _IOWR(0xa4, 0x05, RestrictPermissions);
inline constexpr unsigned long kModifyTypes = _IOWR(0xa4, 0x06, ModifyTypes);
inline constexpr unsigned long kRemovePages = _IOWR(0xa4, 0x07, RemovePages);

}  // namespace strongroom::sgx::uapi
