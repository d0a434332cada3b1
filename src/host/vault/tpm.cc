#include <fmt/format.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "host/vault/tpm_context.h"

namespace strongroom::host {
namespace {

constexpr const char* kDevice = "/dev/tpmrm0";

// Data, and not a key: neither decrypts nor signs. It never leaves this TPM.
TPM2B_PUBLIC sealed_template() {
  TPM2B_PUBLIC data{};
  data.publicArea.type = TPM2_ALG_KEYEDHASH;
  data.publicArea.nameAlg = TPM2_ALG_SHA256;
  data.publicArea.objectAttributes =
      TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
  data.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return data;
}

}  // namespace

TPM2B_PUBLIC p256_template(TPMA_OBJECT use) {
  TPM2B_PUBLIC key{};
  TPMT_PUBLIC& area = key.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | use;
  TPMS_ECC_PARMS& parameters = area.parameters.eccDetail;
  parameters.symmetric.algorithm = TPM2_ALG_NULL;
  parameters.scheme.scheme = TPM2_ALG_NULL;
  parameters.curveID = TPM2_ECC_NIST_P256;
  parameters.kdf.scheme = TPM2_ALG_NULL;
  return key;
}

Result<Tpm::Context::Loaded> Tpm::Context::primary_key(ESYS_TR hierarchy, const TPM2B_PUBLIC& wanted,
                                                       std::string_view what,
                                                       EsysPointer<TPM2B_PUBLIC>* area) {
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION registers{};
  Loaded key(esys);
  TPM2B_PUBLIC* made = nullptr;
  const TSS2_RC code =
      Esys_CreatePrimary(esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &wanted,
                         &outside, &registers, &key.handle, &made, nullptr, nullptr, nullptr);
  EsysPointer<TPM2B_PUBLIC> owner(made);
  TRY(check_tpm(code, what));
  if (area != nullptr) *area = std::move(owner);
  return key;
}

// TCG, TPM v2.0 Provisioning Guidance, section 7.5.1 "Storage Primary Key (SRK) Templates": ECC NIST P-256.
Result<Tpm::Context::Loaded> Tpm::Context::storage_key() {
  TPM2B_PUBLIC wanted = p256_template(TPMA_OBJECT_DECRYPT);
  TPMT_SYM_DEF_OBJECT& cipher = wanted.publicArea.parameters.eccDetail.symmetric;
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = 128;
  cipher.mode.aes = TPM2_ALG_CFB;
  return primary_key(ESYS_TR_RH_OWNER, wanted,
                     "make a storage key (has its owner hierarchy a password? clear it, or set "
                     "STRONGROOM_TPM=none to do without)");
}

Result<Tpm::Context::Loaded> Tpm::Context::session(const Loaded& key) {
  TPMT_SYM_DEF cipher{};
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = 128;
  cipher.mode.aes = TPM2_ALG_CFB;
  Loaded session(esys);
  TRY(check_tpm(
      Esys_StartAuthSession(esys, key.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                            TPM2_SE_HMAC, &cipher, TPM2_ALG_SHA256, &session.handle),
      "start a session"));
  constexpr TPMA_SESSION kWanted = TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION;
  TRY(check_tpm(Esys_TRSess_SetAttributes(esys, session.handle, kWanted, 0xff), "encrypt a session"));
  return session;
}

Tpm::Tpm(std::unique_ptr<Context> context) : context_(std::move(context)) {}
Tpm::Tpm(Tpm&&) noexcept = default;
Tpm::~Tpm() = default;

Result<Tpm> Tpm::open() {
  const char* given = std::getenv("STRONGROOM_TPM");
  if (given != nullptr && given == std::string_view("none"))
    return fail(ErrorCode::kNotFound, "STRONGROOM_TPM says that no TPM is to be used");
  if (given == nullptr && access(kDevice, F_OK) != 0)
    return fail(ErrorCode::kNotFound, fmt::format("this machine has no TPM ({} is not there)", kDevice));
  if (given == nullptr && access(kDevice, R_OK | W_OK) != 0)
    return fail_errno(fmt::format("cannot open {}; add the keeper's user to its group (tss)", kDevice),
                      errno);
  // Its errors are ours to report.
  setenv("TSS2_LOG", "all+NONE", 0);
  auto context = std::make_unique<Context>();
  const std::string name = given != nullptr ? given : std::string("device:") + kDevice;
  TRY_IN(name, check_tpm(Tss2_TctiLdr_Initialize(name.c_str(), &context->transport), "be reached"));
  TRY_IN(name, check_tpm(Esys_Initialize(&context->esys, context->transport, nullptr), "be spoken to"));
  return Tpm(std::move(context));
}

Result<Bytes> Tpm::seal(ByteView secret) {
  ESYS_CONTEXT* esys = context_->esys;
  TPM2B_SENSITIVE_CREATE sensitive{};
  if (secret.size() > 128) return fail(ErrorCode::kInvalidArgument, "a TPM seals at most 128 bytes");
  const auto key = TRY(context_->storage_key());
  const auto session = TRY(context_->session(key));
  sensitive.sensitive.data.size = static_cast<UINT16>(secret.size());
  std::memcpy(sensitive.sensitive.data.buffer, secret.data(), secret.size());
  const TPM2B_PUBLIC wanted = sealed_template();
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION registers{};
  TPM2B_PRIVATE* private_part = nullptr;
  TPM2B_PUBLIC* public_part = nullptr;
  const TSS2_RC code =
      Esys_Create(esys, key.handle, session.handle, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &wanted, &outside,
                  &registers, &private_part, &public_part, nullptr, nullptr, nullptr);
  const EsysPointer<TPM2B_PRIVATE> private_owner(private_part);
  const EsysPointer<TPM2B_PUBLIC> public_owner(public_part);
  wipe({reinterpret_cast<uint8_t*>(&sensitive), sizeof sensitive});
  TRY(check_tpm(code, "seal"));
  Bytes out(sizeof(TPM2B_PUBLIC) + sizeof(TPM2B_PRIVATE));
  size_t size = 0;
  TRY(check_tpm(Tss2_MU_TPM2B_PUBLIC_Marshal(public_part, out.data(), out.size(), &size),
                "write what it sealed"));
  TRY(check_tpm(Tss2_MU_TPM2B_PRIVATE_Marshal(private_part, out.data(), out.size(), &size),
                "write what it sealed"));
  out.resize(size);
  return out;
}

Result<Bytes> Tpm::unseal(ByteView sealed) {
  ESYS_CONTEXT* esys = context_->esys;
  TPM2B_PUBLIC public_part{};
  TPM2B_PRIVATE private_part{};
  size_t position = 0;
  if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed.data(), sealed.size(), &position, &public_part) != 0 ||
      Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed.data(), sealed.size(), &position, &private_part) != 0 ||
      position != sealed.size())
    return fail(ErrorCode::kMalformed, "this is nothing that a TPM sealed");
  const auto key = TRY(context_->storage_key());
  const auto session = TRY(context_->session(key));
  Context::Loaded object(esys);
  TRY(check_tpm(Esys_Load(esys, key.handle, session.handle, ESYS_TR_NONE, ESYS_TR_NONE, &private_part,
                          &public_part, &object.handle),
                "open what another TPM sealed, or this one before it was cleared",
                ErrorCode::kVerificationFailed));
  TPM2B_SENSITIVE_DATA* data = nullptr;
  const TSS2_RC code = Esys_Unseal(esys, object.handle, session.handle, ESYS_TR_NONE, ESYS_TR_NONE, &data);
  const EsysPointer<TPM2B_SENSITIVE_DATA> owner(data);
  TRY(check_tpm(code, "unseal", ErrorCode::kVerificationFailed));
  Bytes out(data->buffer, data->buffer + data->size);
  wipe({data->buffer, data->size});
  return out;
}

}  // namespace strongroom::host
