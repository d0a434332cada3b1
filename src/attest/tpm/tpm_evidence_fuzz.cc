// Fuzz target: TPM evidence in its wrappings, keys, signatures and PCR files.
#include <cstddef>
#include <cstdint>

#include "attest/tpm/tpm_evidence.h"
#include "attest/tpm/tpm_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView bytes(data, size);
  (void)strongroom::attest::tpm::parse_tpm_public(bytes);
  (void)strongroom::attest::tpm::parse_tpm_signature(bytes);
  (void)strongroom::attest::tpm::parse_tool_pcrs(bytes);
  (void)strongroom::attest::tpm::parse_attestation_protobuf(bytes);
  strongroom::attest::VerificationOptions options;
  options.time = strongroom::attest::Time(std::chrono::seconds(1772323200));
  (void)strongroom::attest::verify(bytes, options);
  return 0;
}
