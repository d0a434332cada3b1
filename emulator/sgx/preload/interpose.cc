// The functions of the C library that stand between a program and SGX: opening and mapping the devices,
// ioctl(), and those that say where signals go. All else goes to the C library unchanged.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "preload/driver.h"
#include "preload/real.h"
#include "preload/signals.h"
#include "preload/thread.h"

#define SGXEMU_EXPORT extern "C" __attribute__((visibility("default")))

namespace strongroom::sgx {
namespace {

enum class DeviceFile { kNone, kEnclave, kProvision };

DeviceFile device_file(const char* path) {
  if (path == nullptr) return DeviceFile::kNone;
  if (std::strcmp(path, "/dev/sgx_enclave") == 0) return DeviceFile::kEnclave;
  return std::strcmp(path, "/dev/sgx_provision") == 0 ? DeviceFile::kProvision : DeviceFile::kNone;
}

// A kernel's answer as the C library gives it.
template <typename T>
T answer(T value) {
  if (value >= 0) return value;
  errno = static_cast<int>(-value);
  return -1;
}

int open_file(int directory, const char* path, int flags, mode_t mode) {
  switch (device_file(path)) {
    case DeviceFile::kEnclave:
      return answer(open_enclave(flags));
    case DeviceFile::kProvision:
      return answer(open_provision(flags));
    case DeviceFile::kNone:
      break;
  }
  return static_cast<int>(syscall(SYS_openat, directory, path, flags, mode));
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

// After a system call that made `copy` of a descriptor, or failed.
int duplicate_to(int fd, int copy) {
  if (copy >= 0) duplicate(fd, copy);
  return copy;
}

void describe(DeviceFile file, struct stat* out) {
  *out = {};
  out->st_mode = S_IFCHR | 0666;
  out->st_nlink = 1;
  out->st_rdev = makedev(10, file == DeviceFile::kEnclave ? 125 : 126);
  out->st_blksize = 4096;
}

void* map_device(Device& device, void* address, size_t size, int protection, int flags) {
  if ((flags & MAP_TYPE) == MAP_PRIVATE) {
    errno = EINVAL;
    return MAP_FAILED;
  }
  const DriverLock lock;
  const auto start = reinterpret_cast<uint64_t>(address);
  const uint64_t end = start + ((size + arch::kPageSize - 1) & ~(arch::kPageSize - 1));
  if (const int error = device.may_map(start, end, protection); error != 0) {
    errno = -error;
    return MAP_FAILED;
  }
  const uint64_t offset = device.contains(start) ? start - device.base : 0;
  void* const mapped =
      real::mmap(address, size, PROT_NONE, flags, device.memory_fd, static_cast<int64_t>(offset));
  if (mapped == MAP_FAILED) return mapped;
  const auto at = reinterpret_cast<uint64_t>(mapped);
  forget_mappings(at, end - start);
  device.set_mapped(at, at + (end - start), static_cast<uint8_t>(protection));
  return mapped;
}

}  // namespace
}  // namespace strongroom::sgx

using namespace strongroom::sgx;
namespace arch = strongroom::arch;

SGXEMU_EXPORT int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, path, flags, mode);
}
SGXEMU_EXPORT int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, path, flags, mode);
}
SGXEMU_EXPORT int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_file(directory, path, flags, mode);
}
SGXEMU_EXPORT int openat64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_file(directory, path, flags, mode);
}
SGXEMU_EXPORT int __open_2(const char* path, int flags) {
  return open_file(AT_FDCWD, path, flags, 0);
}
SGXEMU_EXPORT int __open64_2(const char* path, int flags) {
  return open_file(AT_FDCWD, path, flags, 0);
}

SGXEMU_EXPORT int close(int fd) {
  forget(fd);
  return real::close(fd);
}

SGXEMU_EXPORT int stat(const char* path, struct stat* out) {
  const DeviceFile file = device_file(path);
  if (file == DeviceFile::kNone) return static_cast<int>(syscall(SYS_stat, path, out));
  describe(file, out);
  return 0;
}
SGXEMU_EXPORT int stat64(const char* path, struct stat64* out) {
  return stat(path, reinterpret_cast<struct stat*>(out));  // one structure on x86-64
}
SGXEMU_EXPORT int lstat(const char* path, struct stat* out) {
  const DeviceFile file = device_file(path);
  if (file == DeviceFile::kNone) return static_cast<int>(syscall(SYS_lstat, path, out));
  describe(file, out);
  return 0;
}
SGXEMU_EXPORT int lstat64(const char* path, struct stat64* out) {
  return lstat(path, reinterpret_cast<struct stat*>(out));
}
SGXEMU_EXPORT int fstatat(int directory, const char* path, struct stat* out, int flags) {
  const DeviceFile file = device_file(path);
  if (file == DeviceFile::kNone)
    return static_cast<int>(syscall(SYS_newfstatat, directory, path, out, flags));
  describe(file, out);
  return 0;
}
SGXEMU_EXPORT int fstatat64(int directory, const char* path, struct stat64* out, int flags) {
  return fstatat(directory, path, reinterpret_cast<struct stat*>(out), flags);
}
SGXEMU_EXPORT int statx(int directory, const char* path, int flags, unsigned mask, struct statx* out) {
  const DeviceFile file = device_file(path);
  if (file == DeviceFile::kNone)
    return static_cast<int>(syscall(SYS_statx, directory, path, flags, mask, out));
  struct stat found;
  describe(file, &found);
  *out = {};
  out->stx_mask = STATX_TYPE | STATX_MODE | STATX_NLINK;
  out->stx_mode = static_cast<uint16_t>(found.st_mode);
  out->stx_nlink = 1;
  out->stx_blksize = 4096;
  out->stx_rdev_major = major(found.st_rdev);
  out->stx_rdev_minor = minor(found.st_rdev);
  return 0;
}
SGXEMU_EXPORT int access(const char* path, int mode) {
  if (device_file(path) == DeviceFile::kNone) return static_cast<int>(syscall(SYS_access, path, mode));
  return (mode & X_OK) == 0 ? 0 : answer(-EACCES);
}
SGXEMU_EXPORT int faccessat(int directory, const char* path, int mode, int flags) {
  if (device_file(path) != DeviceFile::kNone) return access(path, mode);
  return static_cast<int>(syscall(SYS_faccessat2, directory, path, mode, flags));
}

SGXEMU_EXPORT int dup(int fd) {
  return duplicate_to(fd, static_cast<int>(syscall(SYS_dup, fd)));
}
SGXEMU_EXPORT int dup3(int fd, int to, int flags) {
  const int copy = static_cast<int>(syscall(SYS_dup3, fd, to, flags));
  if (copy >= 0) forget(to);
  return duplicate_to(fd, copy);
}
SGXEMU_EXPORT int dup2(int fd, int to) {
  const bool same = fd == to;
  return same ? static_cast<int>(syscall(SYS_dup2, fd, to)) : dup3(fd, to, 0);
}
SGXEMU_EXPORT int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const auto argument = va_arg(arguments, uint64_t);
  va_end(arguments);
  const int result = static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicate_to(fd, result) : result;
}
SGXEMU_EXPORT int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const auto argument = va_arg(arguments, uint64_t);
  va_end(arguments);
  return fcntl(fd, command, argument);
}

SGXEMU_EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  const auto argument = va_arg(arguments, uint64_t);
  va_end(arguments);
  std::shared_ptr<Device> device;
  {
    const DriverLock lock;
    device = find_device(fd);
  }
  if (!device) return static_cast<int>(syscall(SYS_ioctl, fd, request, argument));
  return answer(device_ioctl(device, request, argument));
}

SGXEMU_EXPORT void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  std::shared_ptr<Device> device;
  if (fd >= 0 && (flags & MAP_ANONYMOUS) == 0) {
    const DriverLock lock;
    device = find_device(fd);
  }
  if (device) return map_device(*device, address, size, protection, flags);
  void* const mapped = real::mmap(address, size, protection, flags, fd, offset);
  if (mapped != MAP_FAILED && (flags & MAP_FIXED) != 0) {
    const DriverLock lock;
    forget_mappings(reinterpret_cast<uint64_t>(mapped), size);
  }
  return mapped;
}
SGXEMU_EXPORT void* mmap64(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  return mmap(address, size, protection, flags, fd, offset);
}

SGXEMU_EXPORT int munmap(void* address, size_t size) {
  const int result = real::munmap(address, size);
  if (result != 0) return result;
  const DriverLock lock;
  forget_mappings(reinterpret_cast<uint64_t>(address), size);
  return 0;
}

SGXEMU_EXPORT int mprotect(void* address, size_t size, int protection) {
  const auto start = reinterpret_cast<uint64_t>(address);
  {
    const DriverLock lock;
    Device* const device = find_device_at(start);
    if (device != nullptr) {
      const uint64_t end = start + ((size + arch::kPageSize - 1) & ~(arch::kPageSize - 1));
      if (start % arch::kPageSize != 0) return answer(-EINVAL);
      if (const int error = device->may_map(start, end, protection); error != 0) return answer(error);
      for (uint64_t at = start; at < end; at += arch::kPageSize) {
        if (!device->contains(at) || device->mapped[(at - device->base) / arch::kPageSize] == kNotMapped)
          return answer(-ENOMEM);
      }
      device->set_mapped(start, end, static_cast<uint8_t>(protection));
      return 0;
    }
  }
  return real::mprotect(address, size, protection);
}

SGXEMU_EXPORT int sigaction(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  return answer(set_action(signal, action, old));
}
SGXEMU_EXPORT sighandler_t signal(int number, sighandler_t handler) noexcept {
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

SGXEMU_EXPORT int sigaltstack(const stack_t* stack, stack_t* old) noexcept {
  ThreadRecord* const record = current_thread();
  if (record == nullptr) return static_cast<int>(syscall(SYS_sigaltstack, stack, old));
  const stack_t before = record->host_stack;
  if (stack != nullptr) record->host_stack = *stack;
  if (old != nullptr) *old = before;
  return 0;
}
