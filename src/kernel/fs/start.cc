// The file system as the program finds it.
#include <fcntl.h>

#include <cstddef>
#include <new>

#include "kernel/allocate.h"
#include "kernel/fs/file_system.h"

namespace strongroom::kernel {
namespace {

// Lives as long as the enclave: made by start_file_system(), never destroyed, and so without a constructor or
// destructor that somebody would have to run.
alignas(FileSystemState) std::byte storage[sizeof(FileSystemState)];

Result<void> make_symlink(std::string_view path, std::string_view target) {
  Ref<Inode> link = create_symlink(target.data(), target.size());
  if (!link) return Errno::kNoMemory;
  return add_name({}, path, link);
}

Result<void> make_device(std::string_view path, InodeKind kind, uint32_t mode) {
  auto device = Ref<Inode>::adopt(create<Inode>(kind, mode));
  if (!device) return Errno::kNoMemory;
  return add_name({}, path, device);
}

Result<void> make_devices() {
  KTRY(make_directory({}, "/dev", 0755));
  KTRY(make_device("/dev/null", InodeKind::kNull, 0666));
  KTRY(make_device("/dev/zero", InodeKind::kZero, 0666));
  KTRY(make_device("/dev/full", InodeKind::kFull, 0666));
  KTRY(make_device("/dev/random", InodeKind::kRandom, 0666));
  KTRY(make_device("/dev/urandom", InodeKind::kRandom, 0666));
  KTRY(make_directory({}, "/dev/shm", 01777));
  KTRY(make_symlink("/dev/fd", "/proc/self/fd"));
  KTRY(make_symlink("/dev/stdin", "/proc/self/fd/0"));
  KTRY(make_symlink("/dev/stdout", "/proc/self/fd/1"));
  return make_symlink("/dev/stderr", "/proc/self/fd/2");
}

Result<void> make_processes() {
  KTRY(make_directory({}, "/proc", 0555));
  KTRY(make_directory({}, "/proc/1", 0555));
  KTRY(make_symlink("/proc/self", "1"));
  KTRY(make_device("/proc/self/maps", InodeKind::kMemoryMap, 0444));
  KTRY(make_directory({}, "/proc/self/fd", 0500));
  const Ref<Inode> descriptors = KTRY(find_file({}, "/proc/self/fd", true));
  as_directory(descriptors.get())->lists_descriptors = true;
  return {};
}

Result<void> make_hostname() {
  static constexpr char kHostname[] = "enclave\n";
  auto file = Ref<RegularFile>::adopt(create<RegularFile>(0644u));
  if (!file) return Errno::kNoMemory;
  file->content.borrow(reinterpret_cast<const uint8_t*>(kHostname), sizeof(kHostname) - 1);
  return add_name({}, "/etc/hostname", Ref<Inode>(std::move(file)));
}

Result<void> open_streams() {
  for (int stream = 0; stream < 3; ++stream) {
    Ref<Inode> console = Ref<Console>::adopt(create<Console>(stream));
    if (!console) return Errno::kNoMemory;
    console->links = 1;
    Ref<OpenFile> file = KTRY(OpenFile::open(std::move(console), stream == 0 ? O_RDONLY : O_WRONLY));
    (void)KTRY(file_system().descriptors.add(std::move(file), false));
  }
  return {};
}

}  // namespace

FileSystemState& file_system() {
  return *std::launder(reinterpret_cast<FileSystemState*>(storage));
}

Result<void> start_file_system() {
  FileSystemState& state = *new (storage) FileSystemState;
  state.root = Ref<Directory>::adopt(create<Directory>(0755u));
  if (!state.root) return Errno::kNoMemory;
  state.root->links = 2;
  state.working_directory = state.root;
  KTRY(make_devices());
  KTRY(make_processes());
  KTRY(make_directory({}, "/etc", 0755));
  KTRY(make_hostname());
  KTRY(make_directory({}, "/tmp", 01777));
  return open_streams();
}

}  // namespace strongroom::kernel
