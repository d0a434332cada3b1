// What stat(2) and its kin say of a file.
#pragma once

#include <cstdint>

#include "kernel/fs/inode.h"

namespace strongroom::kernel {

struct FileAttributes {
  uint64_t number;
  uint32_t mode;  // type and permissions
  uint32_t links;
  uint64_t size;
  uint64_t memory;  // bytes of blocks
  uint32_t device_major;
  uint32_t device_minor;  // of a device node, else 0
  Timestamps times;
};
FileAttributes attributes_of(Inode& inode);

// The S_IFMT bits of st_mode.
uint32_t file_type(const Inode& inode);

// The device number that all files report: major 0, as of file systems without a disk.
inline constexpr uint32_t kDeviceMinor = 1;

}  // namespace strongroom::kernel
