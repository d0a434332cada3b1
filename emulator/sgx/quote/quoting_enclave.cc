#include "quote/quoting_enclave.h"

#include "attest/intel/emulated.h"
#include "attest/testing/intel_parts.h"
#include "core/platform.h"
#include "crypto/digest.h"

namespace strongroom::sgx {

arch::EnclaveIdentity quoting_enclave() {
  arch::EnclaveIdentity out;
  out.mrenclave = crypto::sha256(as_bytes("Strongroom SGX emulator: quoting enclave, for tests"));
  out.mrsigner =
      crypto::sha256(as_bytes("Strongroom SGX emulator: signer of its quoting enclave, for tests"));
  out.attributes = {arch::kAttributeInit | arch::kAttributeMode64 | arch::kAttributeProvisionKey,
                    arch::kXfrmLegacy};
  out.isv_prod_id = 1;
  out.isv_svn = 1;
  return out;
}

Result<Bytes> make_quote(const arch::Report& report, const TestPki& pki) {
  if (!arch::is_report_for(emulated_platform(), quoting_enclave(), report))
    return fail(ErrorCode::kVerificationFailed,
                "the report is not one of this platform for its quoting enclave");
  const Bytes signed_part =
      ByteWriter()
          .bytes(attest::testing::encoded({.qe_svn = quoting_enclave().isv_svn,
                                           .pce_svn = kEmulatedPceSvn,
                                           .qe_vendor_id = to_bytes(attest::intel::kEmulatorVendorId)}))
          .bytes(object_bytes(report.body))
          .take();
  const Bytes signature = TRY(pki.attestation_key.sign(signed_part));
  return attest::testing::signed_quote(3, signed_part, signature, pki.attestation_key.public_key().point(),
                                       pki.certification);
}

}  // namespace strongroom::sgx
