#include "attest/testing/intel_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest::testing {
namespace {

Bytes part(const std::string& oid, const Bytes& value) {
  return der(0x30, concat({der_oid(oid), value}));
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& one : parts) out = concat({out, one});
  return out;
}

}  // namespace

Bytes sgx_extensions(const PckPlatform& platform) {
  std::vector<Bytes> tcb;
  for (size_t i = 0; i < platform.components.size(); ++i)
    tcb.push_back(part(fmt::format("{}.2.{}", kSgxExtensionOid, i + 1), der_integer(platform.components[i])));
  tcb.push_back(part(fmt::format("{}.2.17", kSgxExtensionOid), der_integer(platform.pce_svn)));
  tcb.push_back(part(fmt::format("{}.2.18", kSgxExtensionOid), der(0x04, Bytes(16, 5))));
  if (platform.change_tcb_parts) platform.change_tcb_parts(tcb);
  std::vector<Bytes> parts = {part(fmt::format("{}.1", kSgxExtensionOid), der(0x04, Bytes(16, 0x11))),
                              part(fmt::format("{}.2", kSgxExtensionOid), der(0x30, joined(tcb))),
                              part(fmt::format("{}.3", kSgxExtensionOid), der(0x04, platform.pce_id)),
                              part(fmt::format("{}.4", kSgxExtensionOid), der(0x04, platform.fmspc)),
                              part(fmt::format("{}.5", kSgxExtensionOid), der_integer(1, 0x0a))};
  if (platform.change_parts) platform.change_parts(parts);
  return der(0x30, joined(parts));
}

std::string tcb_level(unsigned sgx, unsigned tdx, unsigned pce_svn, std::string_view status,
                      std::string_view advisory, bool with_tdx) {
  const auto components = [](unsigned svn) {
    std::string out;
    for (int i = 0; i < 16; ++i) out += fmt::format(R"({}{{"svn":{}}})", i == 0 ? "" : ",", svn);
    return out;
  };
  return fmt::format(
      R"({{"tcb":{{"sgxtcbcomponents":[{}],"pcesvn":{}{}}},"tcbDate":"2024-01-01T00:00:00Z","tcbStatus":"{}"{}}})",
      components(sgx), pce_svn, with_tdx ? fmt::format(R"(,"tdxtcbcomponents":[{}])", components(tdx)) : "",
      status, advisory.empty() ? "" : fmt::format(R"(,"advisoryIDs":["{}"])", advisory));
}

std::string isv_level(unsigned svn, std::string_view status, std::string_view advisory) {
  return fmt::format(R"({{"tcb":{{"isvsvn":{}}},"tcbDate":"2024-01-01T00:00:00Z","tcbStatus":"{}"{}}})", svn,
                     status, advisory.empty() ? "" : fmt::format(R"(,"advisoryIDs":["{}"])", advisory));
}

std::string signed_document(std::string_view name, const std::string& body, const Key& key) {
  return fmt::format(R"({{"{}":{},"signature":"{}"}})", name, body, to_hex(key.sign(as_bytes(body))));
}

Bytes encoded(const QuoteHeader& header) {
  return ByteWriter()
      .little(header.version)
      .little(header.key_type)
      .little(header.tee_type)
      .little(header.qe_svn)
      .little(header.pce_svn)
      .bytes(header.qe_vendor_id)
      .bytes(header.user_data)
      .take();
}

Bytes vouching_for(Bytes qe_report, ByteView attestation_point, ByteView authentication_data) {
  constexpr size_t kReportData = 320;
  const auto hash = crypto::sha256(ByteWriter().bytes(attestation_point).bytes(authentication_data).take());
  std::copy(hash.begin(), hash.end(), qe_report.begin() + kReportData);
  return qe_report;
}

Bytes qe_certification(ByteView qe_report, ByteView signature, ByteView authentication_data, uint16_t type,
                       ByteView data) {
  return ByteWriter()
      .bytes(qe_report)
      .bytes(signature)
      .little(static_cast<uint16_t>(authentication_data.size()))
      .bytes(authentication_data)
      .little(type)
      .little(static_cast<uint32_t>(data.size()))
      .bytes(data)
      .take();
}

Bytes signed_quote(uint16_t version, ByteView signed_part, ByteView signature, ByteView attestation_point,
                   ByteView certification) {
  ByteWriter data;
  data.bytes(signature).bytes(attestation_point);
  if (version >= 4) data.little(uint16_t{6}).little(static_cast<uint32_t>(certification.size()));
  const Bytes signature_data = data.bytes(certification).take();
  return ByteWriter()
      .bytes(signed_part)
      .little(static_cast<uint32_t>(signature_data.size()))
      .bytes(signature_data)
      .take();
}

}  // namespace strongroom::attest::testing
