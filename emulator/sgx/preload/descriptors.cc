// Which descriptors are the emulated devices, the lock, and the processor.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <unordered_map>
#include <unordered_set>

#include "core/platform.h"
#include "preload/driver.h"
#include "preload/real.h"

namespace strongroom::sgx {
namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// Never destroyed: signals and other threads may use them while the process ends.
struct Descriptors {
  std::unordered_map<int, std::shared_ptr<Device>> enclaves;
  std::unordered_set<int> provisions;
  std::unordered_set<std::shared_ptr<Device>> devices;  // closed ones that are still mapped, too
};
Descriptors& descriptors() {
  static auto* const all = new Descriptors;
  return *all;
}

int make_memory(int flags) {
  const int fd = memfd_create("sgx_enclave", (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0);
  return fd < 0 ? -errno : fd;
}

}  // namespace

DriverLock::DriverLock() {
  sigset_t all;
  sigfillset(&all);
  real::change_signal_mask(SIG_SETMASK, &all, &old_);
  pthread_mutex_lock(&mutex);
}
DriverLock::~DriverLock() {
  pthread_mutex_unlock(&mutex);
  real::change_signal_mask(SIG_SETMASK, &old_, nullptr);
}
HandlerLock::HandlerLock() {
  pthread_mutex_lock(&mutex);
}
HandlerLock::~HandlerLock() {
  pthread_mutex_unlock(&mutex);
}

Processor& processor() {
  static auto* const instance = [] {
    auto* const made = new Processor;
    made->platform = emulated_platform();
    return made;
  }();
  return *instance;
}

int open_enclave(int flags) {
  const int fd = make_memory(flags);
  if (fd < 0) return fd;
  auto device = std::make_shared<Device>();
  device->memory_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  const DriverLock lock;
  descriptors().enclaves[fd] = device;
  descriptors().devices.insert(std::move(device));
  return fd;
}

int open_provision(int flags) {
  const int fd = make_memory(flags);
  if (fd < 0) return fd;
  const DriverLock lock;
  descriptors().provisions.insert(fd);
  return fd;
}

void forget(int fd) {
  const DriverLock lock;
  Descriptors& all = descriptors();
  all.provisions.erase(fd);
  const auto found = all.enclaves.find(fd);
  if (found == all.enclaves.end()) return;
  const std::shared_ptr<Device> device = std::move(found->second);
  all.enclaves.erase(found);
  for (const uint8_t protection : device->mapped) {
    if (protection != kNotMapped) return;
  }
  all.devices.erase(device);
}

std::shared_ptr<Device> find_device(int fd) {
  const auto& enclaves = descriptors().enclaves;
  const auto found = enclaves.find(fd);
  return found == enclaves.end() ? nullptr : found->second;
}

Device* find_device_at(uint64_t address) {
  for (const auto& device : descriptors().devices) {
    if (device->contains(address)) return device.get();
  }
  return nullptr;
}

bool is_provision(int fd) {
  return descriptors().provisions.contains(fd);
}

tl::expected<EpcPage*, Fault> ProcessMemory::translate(uint64_t address, Access access) {
  Device* const device = find_device_at(address);
  return device == nullptr ? nullptr : device->fault_in(address, access);
}

}  // namespace strongroom::sgx
