// /proc/self/fd: a directory with a link for each open descriptor.
#pragma once

#include <string_view>

#include "kernel/fs/inode.h"
#include "kernel/fs/open_file.h"

namespace strongroom::kernel {

// The link NAME, made for the occasion, or null if no such descriptor is open. Expects the names' lock to be
// held.
Result<Ref<Inode>> find_descriptor_link(std::string_view name);

}  // namespace strongroom::kernel
