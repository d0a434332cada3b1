// The inside of Tpm: its connection, and objects that it holds for us. tpm2-tss is heavy, and stays behind
// it.
#pragma once

#include <fmt/format.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <optional>
#include <utility>

#include "host/vault/tpm.h"

namespace strongroom::host {

struct EsysFree {
  void operator()(void* memory) const { Esys_Free(memory); }
};
template <typename T>
using EsysPointer = std::unique_ptr<T, EsysFree>;

inline Result<void> check_tpm(TSS2_RC code, std::string_view what,
                              ErrorCode failure = ErrorCode::kUnavailable) {
  if (code == TSS2_RC_SUCCESS) return {};
  return fail(failure, fmt::format("the TPM cannot {}: {}", what, Tss2_RC_Decode(code)));
}

// A primary key on NIST P-256 that never leaves its TPM, for `use` alone; its scheme and cipher are the
// caller's to set.
TPM2B_PUBLIC p256_template(TPMA_OBJECT use);

struct Tpm::Context {
  // An object in the TPM's own memory, of which there is little.
  struct Loaded {
    ESYS_CONTEXT* esys;
    ESYS_TR handle = ESYS_TR_NONE;
    explicit Loaded(ESYS_CONTEXT* context) : esys(context) {}
    Loaded(Loaded&& other) noexcept : esys(other.esys), handle(std::exchange(other.handle, ESYS_TR_NONE)) {}
    ~Loaded() {
      if (handle != ESYS_TR_NONE) Esys_FlushContext(esys, handle);
    }
  };
  struct AttestationKey {
    Loaded loaded;
    Bytes area;  // TPMT_PUBLIC
  };

  TSS2_TCTI_CONTEXT* transport = nullptr;
  ESYS_CONTEXT* esys = nullptr;
  std::optional<AttestationKey> attestation_key;  // from the first quote on

  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    attestation_key.reset();
    if (esys != nullptr) Esys_Finalize(&esys);
    if (transport != nullptr) Tss2_TctiLdr_Finalize(&transport);
  }

  // Makes the primary key of such a template, the same at each call until the hierarchy is cleared. `what`
  // completes "the TPM cannot ..."; `area`, where wanted, gets the public part.
  Result<Loaded> primary_key(ESYS_TR hierarchy, const TPM2B_PUBLIC& wanted, std::string_view what,
                             EsysPointer<TPM2B_PUBLIC>* area = nullptr);
  Result<Loaded> storage_key();
  // A session that encrypts the first parameter of a command and of its answer, under a secret that only the
  // storage key opens: whoever listens on the bus learns nothing.
  Result<Loaded> session(const Loaded& key);
  Result<AttestationKey> make_attestation_key();
};

}  // namespace strongroom::host
