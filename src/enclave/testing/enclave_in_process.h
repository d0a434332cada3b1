// The enclave's side of the calls, on threads of an ordinary process that the application's side shares:
// where sanitizers see both sides of the call area.
#pragma once

#include <thread>
#include <vector>

#include "enclave/worker.h"

namespace strongroom::enclave::testing {

class EnclaveInProcess {
 public:
  // `area`: as both sides have it, at one address, or what one writes and the other reads is different memory
  // to a sanitizer. Outlives this.
  EnclaveInProcess(std::span<uint8_t> area, ServeEcall ecalls, uint32_t workers, uint32_t switchless_workers);
  // When the application has asked the enclave to stop.
  ~EnclaveInProcess();
  EnclaveInProcess(const EnclaveInProcess&) = delete;
  EnclaveInProcess& operator=(const EnclaveInProcess&) = delete;

 private:
  Calls calls_;
  std::vector<std::thread> threads_;
};

}  // namespace strongroom::enclave::testing
