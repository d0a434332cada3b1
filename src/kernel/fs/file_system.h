// The process's view of files: the tree of names, the working directory, the umask and the descriptors.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "kernel/fs/descriptor_table.h"
#include "kernel/fs/directory.h"

namespace strongroom::kernel {

inline constexpr size_t kMaximumPath = 4096;  // PATH_MAX, the NUL included

// Locks are taken in this order: a file's position, `names`, an inode's lock. No descriptor's lock is held
// while another is waited for.
struct FileSystemState {
  Mutex names;  // guards all directories' entries and the two below
  Ref<Directory> root;
  Ref<Directory> working_directory;
  std::atomic<uint32_t> umask{022};
  DescriptorTable descriptors;
};
FileSystemState& file_system();

// Makes the root with /dev, /proc, /etc and /tmp, and opens descriptors 0, 1 and 2. Call it once, before the
// program starts. ENOMEM, ENOSPC.
Result<void> start_file_system();
// Adds the directories, files and links of the boot data (arch::BootRecord), which stays where it is and is
// believed, for it is measured; /proc/self/exe names its first argument. EINVAL when it ends within a record.
Result<void> mount_boot_data(const uint8_t* begin, size_t size);

// What the calls on names are made of. Each takes `names` by itself. `start` is where a relative path begins;
// null: the working directory.
using Start = const Ref<Inode>&;
Result<Ref<Inode>> find_file(Start start, std::string_view path, bool follow_last_link);
// As open(2), with `mode` already under the umask; `flags` without O_TMPFILE.
Result<Ref<Inode>> find_or_create_file(Start start, std::string_view path, uint32_t flags, uint32_t mode);
Result<void> make_directory(Start start, std::string_view path, uint32_t mode);
// Gives `inode` another name. EPERM for directories, EEXIST.
Result<void> make_link(Start start, std::string_view path, const Ref<Inode>& inode);
// Gives a new inode, of which nobody else knows, its first name.
Result<void> add_name(Start start, std::string_view path, const Ref<Inode>& inode);
// unlink(2), or rmdir(2) of a directory.
Result<void> remove_name(Start start, std::string_view path, bool directory);
// `flags` as renameat2(2) takes them.
Result<void> rename_file(Start from_start, std::string_view from, Start to_start, std::string_view to,
                         uint32_t flags);
// ENOTDIR.
Result<void> set_working_directory(const Ref<Inode>& inode);
// Writes the absolute path, without NUL. ENOENT when the file has no name (any more), ENAMETOOLONG.
Result<size_t> path_of(Inode& inode, char* text, size_t capacity);

}  // namespace strongroom::kernel
