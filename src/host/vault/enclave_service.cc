#include "host/vault/enclave_service.h"

#include <fmt/format.h>

#include <chrono>

#include "arch/einit.h"
#include "arch/report.h"
#include "base/answer.h"
#include "crypto/digest.h"

namespace strongroom::host {
namespace {

ErrorCode code_of(arch::LeafStatus status) {
  switch (status) {
    case arch::LeafStatus::kInvalidAttribute:
    case arch::LeafStatus::kInvalidCpuSvn:
    case arch::LeafStatus::kInvalidIsvSvn:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kInvalidArgument;
  }
}

template <typename T>
Result<T> checked(arch::LeafResult<T> result) {
  if (!result) return fail(code_of(result.error()), std::string(arch::to_string(result.error())));
  return *result;
}

// Every unsigned enclave has the same MRSIGNER, zero: what binds to a signer would bind to all of them.
Result<void> check_policy(const Admission& admission, uint32_t policy) {
  if (!admission.is_signed && (policy & arch::kPolicyMrenclave) == 0)
    return fail(
        ErrorCode::kPermissionDenied,
        "nobody signed this enclave, so it has no signer to seal to; sign its image, or seal to the enclave");
  return {};
}

}  // namespace

EnclaveService::EnclaveService(const Admission& admission, PlatformStore& store, AskTpm tpm)
    : admission_(admission),
      platform_(store.platform(tee::to_string(admission.tee))),
      store_(store),
      tpm_(std::move(tpm)) {}

EnclaveService::~EnclaveService() {
  wipe(platform_.secret.device_key);
  wipe(platform_.secret.seal_fuses);
}

Result<Bytes> EnclaveService::report(ByteReader& request) const {
  const auto target = TRY(request.object<arch::TargetInfo>("TARGETINFO"));
  const auto data = TRY(request.array<64>("REPORTDATA"));
  TRY(request.expect_end("request"));
  return to_bytes(object_bytes(TRY(checked(arch::ereport(platform_, admission_.identity, target, data)))));
}

Result<Bytes> EnclaveService::key(ByteReader& request) const {
  const auto wanted = TRY(request.object<arch::KeyRequest>("KEYREQUEST"));
  TRY(request.expect_end("request"));
  if (wanted.key_name == arch::KeyName::kSeal) TRY(check_policy(admission_, wanted.key_policy));
  auto key = TRY(checked(arch::egetkey(platform_, admission_.identity, wanted)));
  Bytes out = to_bytes(key);
  wipe(key);
  return out;
}

Result<Bytes> EnclaveService::evidence(ByteReader& request) const {
  auto wanted = TRY(arch::read_evidence_request(request));
  // A report for nobody: its body says who asked, its MAC is left out.
  const auto data = arch::evidence_report_data(wanted.nonce, wanted.user_data);
  arch::EvidenceToken token;
  token.nonce = std::move(wanted.nonce);
  token.user_data = std::move(wanted.user_data);
  token.report = TRY(checked(arch::ereport(platform_, admission_.identity, arch::TargetInfo{}, data))).body;
  token.tee = tee::to_string(admission_.tee);
  token.issued_at = static_cast<uint64_t>(
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count());
  return sign_evidence(std::move(token), TRY(attestation_key(store_)), tpm_);
}

// Counters belong to the enclave or to the product of a signer, in one TEE and one debug mode.
Result<std::array<uint8_t, 32>> EnclaveService::counter_name(ByteReader& request) const {
  const auto policy = TRY(request.little<uint32_t>("policy"));
  const auto name = TRY(request.array<32>("counter name"));
  TRY(request.expect_end("request"));
  if (policy != arch::kPolicyMrenclave && policy != arch::kPolicyMrsigner)
    return fail(ErrorCode::kInvalidArgument, "a counter belongs to the enclave or to its signer");
  TRY(check_policy(admission_, policy));
  const arch::EnclaveIdentity& identity = admission_.identity;
  const bool of_enclave = policy == arch::kPolicyMrenclave;
  return crypto::sha256(ByteWriter()
                            .bytes(as_bytes("strongroom counter 1"))
                            .little(static_cast<uint32_t>(admission_.tee))
                            .little(identity.attributes.flags & arch::kAttributeDebug)
                            .little(policy)
                            .bytes(of_enclave ? identity.mrenclave : identity.mrsigner)
                            .little(of_enclave ? uint16_t{0} : identity.isv_prod_id)
                            .bytes(name)
                            .take());
}

Result<Bytes> EnclaveService::serve(ByteReader& request) {
  const auto kind = static_cast<arch::KeeperRequest>(TRY(request.little<uint32_t>("request")));
  switch (kind) {
    case arch::KeeperRequest::kReport:
      return report(request);
    case arch::KeeperRequest::kKey:
      return key(request);
    case arch::KeeperRequest::kEvidence:
      return evidence(request);
    case arch::KeeperRequest::kCounterRead: {
      const auto name = TRY(counter_name(request));
      return ByteWriter().little(TRY(store_.counter(name))).take();
    }
    case arch::KeeperRequest::kCounterIncrement: {
      const auto name = TRY(counter_name(request));
      return ByteWriter().little(TRY(store_.increment_counter(name))).take();
    }
    default:
      return fail(ErrorCode::kUnsupported,
                  fmt::format("this keeper does not know request {}; it is older than the enclave",
                              static_cast<uint32_t>(kind)));
  }
}

Bytes EnclaveService::answer(ByteView request) {
  ByteReader reader(request);
  return encode_answer(serve(reader));
}

}  // namespace strongroom::host
