#include "attest/roots.h"

#include <algorithm>
#include <array>

namespace strongroom::attest {
namespace {

struct Pin {
  Vendor vendor;
  const char* name;
  std::string_view fingerprint;
};

// Each is `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum` of the certificate
// that the vendor publishes at the place named.
constexpr Pin kPins[] = {
    // https://certificates.trustedservices.intel.com/Intel_SGX_Provisioning_Certification_RootCA.pem; one
    // key,
    // in certificates that end in 2033 and in 2049.
    {Vendor::kIntel, "intel-sgx-root", "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e"},
    // https://kdsintf.amd.com/vcek/v1/{Milan,Genoa,Turin}/cert_chain, the second certificate.
    {Vendor::kAmd, "amd-ark-milan", "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"},
    {Vendor::kAmd, "amd-ark-genoa", "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"},
    {Vendor::kAmd, "amd-ark-turin", "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"},
    // https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip; the certificate's own SHA-256
    // is 641a0321...bb5b, as AWS's page "Verifying the root of trust" prints it.
    {Vendor::kAws, "aws-nitro-root-g1", "f2caf5ecc6190b4a8399b78bc58a2bbcd0382375db8a1bfd78a82743874fd225"},
    // NVIDIA's attestation SDK, trust anchors for devices and for reference integrity manifests.
    {Vendor::kNvidiaDevice, "nvidia-device-identity-root",
     "a90c4eb5acfd3e3d03a25db6a26b84f720ad0503196c627c21ddd48dd85b06a4"},
    {Vendor::kNvidiaRim, "nvidia-rim-root",
     "dec1dc316477aa851eebdf51327ae9f864bc8d89254657ed1e7eb9168af1e1a3"},
    // http://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage.googleapis.com/032bf9d39db4fa06aade/ca.crt:
    // "EK/AK CA Root" of the vTPMs of Google Compute Engine.
    {Vendor::kTpm, "google-ek-ak-root", "56a613f57126a385dd6949294e93b0b566f96ab0573be0c2368e6f5ca779831f"},
    // "Microsoft Supply Chain RSA Root CA 2022"; the certificate's own SHA-256 is the
    // did:x509:0:sha256:I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s that Microsoft documents for endorsements
    // of utility VMs.
    {Vendor::kMicrosoft, "microsoft-supply-chain-root",
     "84ce862a73b73d63b1cdbde1d30559eaab4040f6a63638c83e8357fe2250e5d3"},
};

constexpr uint8_t digit(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

crypto::Sha256Digest bytes_of(std::string_view hex) {
  crypto::Sha256Digest out;
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<uint8_t>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  return out;
}

constexpr bool well_formed() {
  return std::all_of(std::begin(kPins), std::end(kPins),
                     [](const Pin& pin) { return pin.fingerprint.size() == 64; });
}
static_assert(well_formed());

}  // namespace

std::vector<crypto::TrustedKey> trusted_roots(Vendor vendor, const VerificationOptions& options) {
  std::vector<crypto::TrustedKey> roots;
  for (const Pin& pin : kPins)
    if (pin.vendor == vendor)
      roots.push_back({pin.name, bytes_of(pin.fingerprint), crypto::RootForm::kSignsItself});
  for (const ExtraRoot& extra : options.extra_roots)
    roots.push_back({"extra:" + extra.name, extra.key_fingerprint});
  return roots;
}

bool is_pinned_root(std::string_view name) {
  return std::any_of(std::begin(kPins), std::end(kPins), [&](const Pin& pin) { return pin.name == name; });
}

}  // namespace strongroom::attest
