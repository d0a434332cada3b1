// What a platform does for one enclave: EREPORT, EGETKEY, evidence, counters. A request is as
// arch/keeper_link.h says; who asks is known, and nothing in a request changes it.
#pragma once

#include "arch/keeper_link.h"
#include "arch/key.h"
#include "host/vault/admission.h"
#include "host/vault/evidence.h"
#include "host/vault/platform_store.h"

namespace strongroom::host {

class EnclaveService {
 public:
  // `store` outlives the service.
  EnclaveService(const Admission& admission, PlatformStore& store, AskTpm tpm = {});
  ~EnclaveService();
  EnclaveService(const EnclaveService&) = delete;
  EnclaveService& operator=(const EnclaveService&) = delete;

  // The body of an answer to the body of a request; failures are answers, too.
  Bytes answer(ByteView request);

 private:
  Result<Bytes> serve(ByteReader& request);
  Result<Bytes> report(ByteReader& request) const;
  Result<Bytes> key(ByteReader& request) const;
  Result<Bytes> evidence(ByteReader& request) const;
  Result<std::array<uint8_t, 32>> counter_name(ByteReader& request) const;

  Admission admission_;
  arch::Platform platform_;
  PlatformStore& store_;
  AskTpm tpm_;
};

}  // namespace strongroom::host
