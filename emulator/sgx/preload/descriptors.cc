// Which descriptors are the emulated devices, the lock, and the processor.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
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

// Devices that no descriptor and no mapping leads to any more.
void drop_unused() {
  Descriptors& all = descriptors();
  std::erase_if(all.devices, [&](const std::shared_ptr<Device>& device) {
    const auto leads_to = [&](const auto& enclave) { return enclave.second == device; };
    return std::none_of(all.enclaves.begin(), all.enclaves.end(), leads_to) && !device->is_mapped();
  });
}

sigset_t mask_before_fork;

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

void lock_for_fork() {
  sigset_t all;
  sigfillset(&all);
  sigset_t before;
  real::change_signal_mask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&mutex);
  mask_before_fork = before;
}
void unlock_after_fork(bool in_child) {
  if (in_child) {
    for (const auto& device : descriptors().devices) {
      device->in_ioctl.clear();
      device->leave_all();
    }
  }
  const sigset_t before = mask_before_fork;
  pthread_mutex_unlock(&mutex);
  real::change_signal_mask(SIG_SETMASK, &before, nullptr);
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
  if (all.enclaves.erase(fd) != 0) drop_unused();
}

void duplicate(int from, int to) {
  const DriverLock lock;
  Descriptors& all = descriptors();
  if (is_provision(from)) all.provisions.insert(to);
  if (const auto device = find_device(from)) all.enclaves[to] = device;
}

void forget_mappings(uint64_t start, uint64_t size) {
  const uint64_t end = start + size;
  for (const auto& device : descriptors().devices) {
    if (device->created && start < device->base + device->size && device->base < end)
      device->set_mapped(start, end, kNotMapped);
  }
  drop_unused();
}

std::shared_ptr<Device> find_device(int fd) {
  const auto& enclaves = descriptors().enclaves;
  const auto found = enclaves.find(fd);
  return found == enclaves.end() ? nullptr : found->second;
}

Device* find_device_at(uint64_t address) {
  Device* found = nullptr;
  for (const auto& device : descriptors().devices) {
    if (device->maps(address)) return device.get();
    if (device->contains(address)) found = device.get();
  }
  return found;
}

Device* find_device_of(const EpcPage& secs) {
  for (const auto& device : descriptors().devices)
    if (&device->secs == &secs) return device.get();
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
