// Tpm::quote.
#include <fmt/format.h>
#include <tss2/tss2_mu.h>

#include <cstring>

#include "base/encoding.h"
#include "host/vault/tpm_context.h"

namespace strongroom::host {
namespace {

constexpr unsigned kPcrs = 16;
constexpr int kAttempts = 4;

TPML_PCR_SELECTION selection_of(uint32_t pcrs) {
  TPML_PCR_SELECTION selection{};
  selection.count = 1;
  selection.pcrSelections[0].hash = TPM2_ALG_SHA256;
  selection.pcrSelections[0].sizeofSelect = 3;
  for (unsigned i = 0; i < 3; ++i)
    selection.pcrSelections[0].pcrSelect[i] = static_cast<BYTE>(pcrs >> (8 * i));
  return selection;
}

// The registers one after the other, as JSON's members; a TPM gives at most eight at a time.
Result<std::string> read_pcrs(ESYS_CONTEXT* esys) {
  std::string out;
  for (unsigned pcr = 0; pcr < kPcrs; ++pcr) {
    const TPML_PCR_SELECTION wanted = selection_of(1U << pcr);
    TPML_DIGEST* values = nullptr;
    const TSS2_RC code =
        Esys_PCR_Read(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, nullptr, nullptr, &values);
    const EsysPointer<TPML_DIGEST> owner(values);
    TRY(check_tpm(code, "read its PCRs"));
    if (values->count != 1) return fail(ErrorCode::kUnsupported, "the TPM has no SHA-256 bank of PCRs");
    const ByteView value(values->digests[0].buffer, values->digests[0].size);
    out += fmt::format("{}\"{}\": \"{}\"", out.empty() ? "" : ", ", pcr, to_hex(value));
  }
  return out;
}

struct Quote {
  Bytes message, signature;
};

Result<Quote> quote_now(ESYS_CONTEXT* esys, ESYS_TR key, ByteView data) {
  TPM2B_DATA extra{};
  extra.size = static_cast<UINT16>(data.size());
  std::memcpy(extra.buffer, data.data(), data.size());
  TPMT_SIG_SCHEME scheme{};
  scheme.scheme = TPM2_ALG_NULL;  // the key's own
  const TPML_PCR_SELECTION wanted = selection_of((1U << kPcrs) - 1);
  TPM2B_ATTEST* message = nullptr;
  TPMT_SIGNATURE* signature = nullptr;
  const TSS2_RC code = Esys_Quote(esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &extra, &scheme,
                                  &wanted, &message, &signature);
  const EsysPointer<TPM2B_ATTEST> message_owner(message);
  const EsysPointer<TPMT_SIGNATURE> signature_owner(signature);
  TRY(check_tpm(code, "quote"));
  Quote out{Bytes(message->attestationData, message->attestationData + message->size),
            Bytes(sizeof(TPMT_SIGNATURE))};
  size_t size = 0;
  TRY(check_tpm(Tss2_MU_TPMT_SIGNATURE_Marshal(signature, out.signature.data(), out.signature.size(), &size),
                "write its signature"));
  out.signature.resize(size);
  return out;
}

}  // namespace

// TCG, TPM 2.0 Library Part 1, "Attestation Keys": signs what the TPM itself has made, and nothing else.
Result<Tpm::Context::AttestationKey> Tpm::Context::make_attestation_key() {
  TPM2B_PUBLIC wanted = p256_template(TPMA_OBJECT_SIGN_ENCRYPT);
  TPMT_ECC_SCHEME& scheme = wanted.publicArea.parameters.eccDetail.scheme;
  scheme.scheme = TPM2_ALG_ECDSA;
  scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  EsysPointer<TPM2B_PUBLIC> area;
  AttestationKey key{
      TRY(primary_key(ESYS_TR_RH_ENDORSEMENT, wanted,
                      "make an attestation key (has its endorsement hierarchy a password?)", &area)),
      Bytes(sizeof(TPMT_PUBLIC))};
  size_t size = 0;
  TRY(check_tpm(Tss2_MU_TPMT_PUBLIC_Marshal(&area->publicArea, key.area.data(), key.area.size(), &size),
                "write its attestation key"));
  key.area.resize(size);
  return key;
}

Result<Bytes> Tpm::quote(ByteView data) {
  if (data.size() > 32) return fail(ErrorCode::kInvalidArgument, "a quote binds at most 32 bytes here");
  if (!context_->attestation_key) {
    auto made = context_->make_attestation_key();
    if (!made) return tl::unexpected<Error>(made.error());
    context_->attestation_key.emplace(std::move(*made));
  }
  const Context::AttestationKey& key = *context_->attestation_key;
  // A register may be extended between its reading and the quote.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string before = TRY(read_pcrs(context_->esys));
    const Quote quote = TRY(quote_now(context_->esys, key.loaded.handle, data));
    if (TRY(read_pcrs(context_->esys)) != before) continue;
    const std::string json = fmt::format(
        R"({{"tpm_evidence": 1, "quotes": [{{"message": "{}", "signature": "{}", "pcrs": {{"sha256": {{{}}}}}}}], )"
        R"("ak_public": "{}"}})",
        to_base64(quote.message), to_base64(quote.signature), before, to_base64(key.area));
    return to_bytes(as_bytes(json));
  }
  return fail(ErrorCode::kUnavailable, "the TPM's PCRs change all the time");
}

}  // namespace strongroom::host
