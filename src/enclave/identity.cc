#include "strongroom/enclave/identity.h"

#include "arch/fixed_bytes.h"
#include "arch/key_request.h"
#include "crypto/mac.h"
#include "enclave/keeper.h"

namespace strongroom::enclave {
namespace {

Identity identity_of(const arch::ReportBody& body) {
  Identity out;
  out.mrenclave = std::to_array(body.mrenclave);
  out.mrsigner = std::to_array(body.mrsigner);
  out.product_id = body.isv_prod_id;
  out.svn = body.isv_svn;
  out.debug = (body.attributes.flags & arch::kAttributeDebug) != 0;
  return out;
}

Target target_of(const arch::ReportBody& body) {
  arch::TargetInfo info{};
  arch::copy_bytes(info.mrenclave, body.mrenclave);
  info.attributes = body.attributes;
  info.cet_attributes = body.cet_attributes;
  info.config_svn = body.config_svn;
  info.misc_select = body.misc_select;
  arch::copy_bytes(info.config_id, body.config_id);
  Target out;
  std::memcpy(out.data(), &info, sizeof info);
  return out;
}

}  // namespace

Result<Identity> own_identity() {
  return identity_of(TRY(own_description()));
}

Result<Target> own_target() {
  return target_of(TRY(own_description()));
}

Result<Report> report(const Target& target, const ReportData& data) {
  const Bytes answer =
      TRY(ask_keeper(arch::KeeperRequest::kReport, ByteWriter().bytes(target).bytes(data).take()));
  ByteReader reader(answer);
  const auto out = TRY(reader.array<sizeof(arch::Report)>("REPORT"));
  TRY(reader.expect_end("REPORT"));
  return out;
}

Result<VerifiedReport> verify_report(const Report& report) {
  arch::Report parsed;
  std::memcpy(&parsed, report.data(), sizeof parsed);
  arch::KeyRequest request{};
  request.key_name = arch::KeyName::kReport;
  arch::copy_bytes(request.key_id, parsed.key_id);
  Bytes answer = TRY(ask_keeper(arch::KeeperRequest::kKey, object_bytes(request)));
  ByteReader reader(answer);
  auto key = TRY(reader.array<arch::kKeySize>("report key"));
  const bool valid =
      crypto::equal_in_constant_time(crypto::aes128_cmac(key, object_bytes(parsed.body)), parsed.mac);
  wipe(key);
  wipe(answer);
  if (!valid)
    return fail(ErrorCode::kVerificationFailed,
                "the report was not made on this platform for this enclave, or was changed");
  return VerifiedReport{.identity = identity_of(parsed.body),
                        .data = std::to_array(parsed.body.report_data),
                        .target = target_of(parsed.body)};
}

}  // namespace strongroom::enclave
