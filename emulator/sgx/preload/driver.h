// Linux's SGX driver: the device files that are open, and their ioctls. One lock guards all of it.
#pragma once

#include <csignal>
#include <memory>

#include "arch/platform.h"
#include "core/processor.h"
#include "preload/device.h"

namespace strongroom::sgx {

inline constexpr uint64_t kEpcSize = 64 * 1024 * 1024;  // what CPUID tells; no page is ever paged out

// Holds the lock, with all signals blocked: a handler of the program may want to enter an enclave.
class DriverLock {
 public:
  DriverLock();
  ~DriverLock();
  DriverLock(const DriverLock&) = delete;
  DriverLock& operator=(const DriverLock&) = delete;

 private:
  sigset_t old_;
};
// The same from a signal handler that has all signals blocked.
class HandlerLock {
 public:
  HandlerLock();
  ~HandlerLock();
  HandlerLock(const HandlerLock&) = delete;
  HandlerLock& operator=(const HandlerLock&) = delete;
};

// The machine that is emulated, by STRONGROOM_SGX_EMULATOR_MODEL in the environment:
enum class Model {
  kSgx2,    // absent, or `sgx2`: SGX2 with AEX-Notify, and Linux 6.1, which lets enclaves have that
  kSgx1,    // `sgx1`: a processor with SGX1 alone, without EXINFO, to which RDTSC is illegal in an enclave
  kLinux5,  // `linux5`: SGX2 and Linux 5.11 to 5.19, whose driver cannot change an enclave
};
Model model();
// Chooses it, and gives the processor its features. False: the name is not known.
bool choose_model();
// Whether pages come on page faults, and the driver has the calls to change and remove them.
inline bool changes_enclaves() {
  return model() == Model::kSgx2;
}

// The emulated processor. Its secrets are constants that anyone can read here.
Processor& processor();

// Descriptors. open returns the descriptor or -errno.
int open_enclave(int flags);
int open_provision(int flags);
void forget(int fd);
void duplicate(int from, int to);  // after dup()
std::shared_ptr<Device> find_device(int fd);
bool is_provision(int fd);
// Whose enclave contains the address; of several, the one that is mapped there.
Device* find_device_at(uint64_t address);
Device* find_device_of(const EpcPage& secs);
// Notes that [start, start + size) maps no enclave any more. Devices that are closed and mapped nowhere go.
void forget_mappings(uint64_t start, uint64_t size);
// Around fork(): no other thread has the lock then, and none is in an ioctl in the child.
void lock_for_fork();
void unlock_after_fork(bool in_child);

// 0 or -errno.
int device_ioctl(const std::shared_ptr<Device>& device, unsigned long request, uint64_t argument);

// Memory as the processor sees it.
class ProcessMemory final : public AddressSpace {
 public:
  tl::expected<EpcPage*, Fault> translate(uint64_t address, Access access) override;
};

}  // namespace strongroom::sgx
