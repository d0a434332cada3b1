// Writes the seeds of the fuzz targets: make_seeds DIRECTORY (src/attest). They are committed; run it again
// when a format is added, not otherwise: its keys are new each time.
#include <fmt/format.h>

#include <filesystem>

#include "attest/cmw/cmw.h"
#include "attest/corim/corim_samples.h"
#include "attest/cose.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/keeper_world.h"
#include "attest/testing/nitro_world.h"
#include "attest/testing/nvidia_world.h"
#include "attest/testing/tpm_world.h"
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/signing_key.h"

namespace {

using namespace strongroom;
using namespace strongroom::attest::testing;
namespace cmw = strongroom::attest::cmw;
namespace tpm = strongroom::attest::tpm;

std::filesystem::path root;

void write(const std::string& path, ByteView content) {
  const auto file = root / path;
  std::filesystem::create_directories(file.parent_path());
  if (const auto written = write_file(file, content); !written)
    fmt::print(stderr, "{}\n", written.error().message);
}
void write(const std::string& path, std::string_view content) {
  write(path, as_bytes(content));
}

// TPMS_ATTEST of a quote over PCR 0 and 1 of the SHA-256 bank.
Bytes tpm_quote() {
  ByteWriter out;
  out.big(uint32_t{0xff544347})
      .big(uint16_t{0x8018})
      .big(uint16_t{2})
      .bytes(Bytes{0, 0x0b})
      .big(uint16_t{4})
      .bytes(Bytes(4, 0x77));
  out.big(uint64_t{5}).big(uint32_t{1}).big(uint32_t{2}).big(uint8_t{1}).big(uint64_t{9});
  out.big(uint32_t{1})
      .big(uint16_t{0x000b})
      .big(uint8_t{3})
      .bytes(Bytes{3, 0, 0})
      .big(uint16_t{32})
      .bytes(Bytes(32, 0x44));
  return out.take();
}

Bytes hcl_report(const Bytes& snp) {
  const std::string runtime = R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":")" +
                              to_base64url(Bytes(256, 0xc1)) + R"("}],"user-data":"00"})";
  ByteWriter out;
  out.bytes(as_bytes("HCLA")).little(uint32_t{2}).zeros(24).bytes(snp);
  out.little(static_cast<uint32_t>(runtime.size() + 20))
      .little(uint32_t{1})
      .little(uint32_t{2})
      .little(uint32_t{1})
      .little(static_cast<uint32_t>(runtime.size()));
  return out.bytes(as_bytes(runtime)).take();
}

std::string json_numbers(ByteView bytes) {
  return fmt::format("[{}]", fmt::join(bytes, ","));
}

void write_tpm_seeds() {
  write("tpm/corpus/event_log/agile.bin", event_log_of(good_events(), {tpm::kAlgSha256}));
  write("tpm/corpus/event_log/two_banks.bin", event_log_of(good_events(), {tpm::kAlgSha1, tpm::kAlgSha256}));
  write("tpm/corpus/event_log/ccel.bin", runtime_log_of({{1, tpm::kEventSeparator, Bytes(4), std::nullopt}}));
  TpmSpec spec = good_tpm();
  write("tpm/corpus/evidence/own.json", build(spec)->evidence);
  spec.key_kind = Key::Kind::kP256;
  spec.as_protobuf = true;
  write("tpm/corpus/evidence/attestation.pb", build(spec)->evidence);
  spec.bare = true;
  write("tpm/corpus/evidence/quote.msg", build(spec)->evidence);
}

void write_nvidia_seeds() {
  NvidiaSpec spec = good_nvidia();
  spec.measurements.erase(spec.measurements.upper_bound(3), spec.measurements.end());
  spec.as_json = false;
  write("nvidia/corpus/report/report.bin", build(spec)->evidence);
  spec.as_json = true;
  write("nvidia/corpus/report/devices.json", build(spec)->evidence);
  write("nvidia/corpus/rim/driver.xml", manifest(spec.driver, spec.now));
}

void write_cmw_seeds() {
  const cmw::Record record{std::string("application/x"), Bytes(3, 1), 4};
  const cmw::Record by_format{uint16_t{60}, Bytes(3, 1), std::nullopt};
  const cmw::Message collection =
      std::vector<cmw::Item>{{"a", record}, {"b", std::vector<cmw::Item>{{"c", by_format}}}};
  write("cmw/corpus/message/record.cbor", cmw::to_cbor(record));
  write("cmw/corpus/message/record.json", cmw::to_json(record));
  write("cmw/corpus/message/tag.cbor", cmw::to_cbor_tag(by_format).value());
  write("cmw/corpus/message/collection.cbor", cmw::to_cbor(collection));
  write("cmw/corpus/message/collection.json", "{\"__cmwc_t\":\"x\"," + cmw::to_json(collection).substr(1));
  write("cmw/corpus/message/tsm.json", R"({"provider":"sev_guest","outblob":"AAAA","auxblob":"AAAA"})");
  write("cmw/corpus/message/ratsd.json", R"({"cmw":"WyJhL2IiLCJBQUEiXQ","eat_profile":"x"})");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  for (const auto& [name, version, tdx, td15] : {std::tuple{"sgx3", 3, false, false},
                                                 {"sgx4", 4, false, false},
                                                 {"tdx4", 4, true, false},
                                                 {"tdx5", 5, true, false},
                                                 {"td15", 5, true, true}})
    write(fmt::format("intel/corpus/quote/{}", name),
          build(good_intel(static_cast<uint16_t>(version), tdx, td15))->evidence);
  for (const auto& [name, version, vlek] :
       {std::tuple{"Milan", 2, false}, {"Milan", 3, true}, {"Genoa", 5, false}, {"Turin", 5, false}}) {
    AmdSpec spec = good_amd(static_cast<uint32_t>(version), name, vlek);
    write(fmt::format("amd/corpus/snp/{}_v{}", name, version), build(spec)->evidence);
    spec.table = {"key", "ask", "ark"};
    if (version == 3) write("amd/corpus/snp/with_table", build(spec)->evidence);
  }
  NitroSpec nitro = good_nitro();
  write("nitro/corpus/document/definite", build(nitro)->evidence);
  nitro.indefinite = nitro.tag = true;
  write("nitro/corpus/document/indefinite", build(nitro)->evidence);
  write("corpus/cbor/sign1", build(nitro)->evidence);
  write("corpus/cbor/kinds", Bytes{0x87, 0x18, 0x20, 0x20, 0x5f, 0x41, 0x01, 0xff, 0x61, 0x61, 0xa1, 0x01,
                                   0xf6, 0xc1, 0x00, 0xfb, 0,    0,    0,    0,    0,    0,    0,    0});

  const Bytes snp = build(good_amd(2, "Milan", false))->evidence;
  const Bytes hcl = hcl_report(snp);
  write("azure/corpus/evidence/hcl", hcl);
  std::string pcrs;
  for (int i = 0; i < 24; ++i) pcrs += (i == 0 ? "" : ",") + json_numbers(Bytes(32, 1));
  write("azure/corpus/evidence/numbers",
        fmt::format(R"({{"report":{},"quote":{{"message":{},"signature":{},"pcrs":[{}]}}}})",
                    json_numbers(hcl), json_numbers(tpm_quote()), json_numbers(Bytes(256, 2)), pcrs));
  write("tpm/corpus/quote/two_pcrs", tpm_quote());

  const std::string token =
      to_base64url(as_bytes(R"({"alg":"ES256","kid":"a"})")) + "." +
      to_base64url(as_bytes(
          R"({"exp":1900000000,"nonce":"x","x-ms-attestation-type":"sgx","x-ms-sgx-is-debuggable":false})")) +
      "." + to_base64url(Bytes(64, 3));
  write("jwt/corpus/token/maa", token);
  write("jwt/corpus/token/keys", fmt::format(R"({{"keys":[{{"kty":"RSA","kid":"a","e":"AQAB","n":"{}"}}]}})",
                                             to_base64url(Bytes(256, 0xc1))));

  const Bytes digest = cbor_bytes_item(Bytes(32, 5));
  const auto pair = [](int64_t key, const Bytes& value) {
    return concat({cbor_head(0, static_cast<uint64_t>(key)), value});
  };
  const auto sign1 = [](const Bytes& payload) {
    return concat({Bytes{0xd2, 0x84}, cbor_bytes_item(Bytes{0xa1, 0x01, 0x38, 0x22}), Bytes{0xa0},
                   cbor_bytes_item(payload), cbor_bytes_item(Bytes(96, 1))});
  };
  const Bytes platform = sign1(
      concat({cbor_head(5, 5), pair(10, digest), pair(2396, digest), pair(256, cbor_bytes_item(Bytes(33, 1))),
              pair(2395, cbor_head(0, 12288)),
              pair(2399, concat({cbor_head(4, 1), cbor_head(5, 2), pair(2, digest), pair(5, digest)}))}));
  const Bytes long_one = cbor_bytes_item(Bytes(64, 6));
  const Bytes realm =
      sign1(concat({cbor_head(5, 7), pair(10, long_one), pair(44235, long_one), pair(44238, digest),
                    pair(44236, cbor_text_item("sha-256")), pair(44240, cbor_text_item("sha-256")),
                    pair(44237, cbor_bytes_item(Bytes(97, 4))),
                    pair(44239, concat({cbor_head(4, 4), digest, digest, digest, digest}))}));
  write("arm/corpus/token/psa", platform);
  write("arm/corpus/token/cca",
        concat({Bytes{0xd9, 0x01, 0x8f}, cbor_head(5, 2), pair(44234, cbor_bytes_item(platform)),
                pair(44241, cbor_bytes_item(realm))}));

  // Collateral: what the world of Intel's kind is verified with.
  const IntelSpec spec = good_intel(4, true, false);
  const std::string level = tcb_level(1, 1, 1, "UpToDate", "INTEL-SA-1", true);
  const std::string module = R"("mrsigner":")" + std::string(96, '0') +
                             R"(","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF")";
  write(
      "corpus/collateral/tcb_info",
      R"({"tcbInfo":{"id":"TDX","version":3,"issueDate":"2026-02-15T00:00:00Z","nextUpdate":"2026-03-15T00:00:00Z","fmspc":"00906ea10000","pceId":"0000","tcbType":0,"tcbEvaluationDataNumber":1,"tdxModule":{)" +
          module + R"(},"tdxModuleIdentities":[{"id":"TDX_01",)" + module + R"(,"tcbLevels":[)" +
          isv_level(1, "UpToDate", "") + R"(]}],"tcbLevels":[)" + level + R"(]},"signature":")" +
          std::string(128, 'a') + R"("})");
  const Key key = Key::make(Key::Kind::kP256);
  const Identity authority = issue(spec.platform, key, nullptr);
  write("corpus/collateral/certificate.der", authority.der);
  write("corpus/collateral/certificate.pem", pem(authority.der));
  write("corpus/collateral/list.der", revoke(authority, spec.crl_from, spec.crl_until, {1, 2, 300}));
  write("corpus/collateral/list.hex", to_hex(revoke(authority, spec.crl_from, spec.crl_until, {7})));
  write("corpus/policy/rule.toml",
        "version = 1\n[[root]]\nname = \"lab\"\nkey_sha256 = \"" + std::string(64, '0') +
            "\"\n[[allow]]\ntee = [\"sgx\"]\nmeasurement = [\"" + std::string(64, '1') +
            "\"]\nroots = [\"lab\"]\nminimum_svn = 1\n[[allow.advisory]]\nid = \"INTEL-SA-1\"\nuntil = "
            "2027-01-01T00:00:00Z\n[allow.claims]\n\"snp.vmpl\" = [0]\n[allow.minimum]\n\"x\" = 1\n");
  write_tpm_seeds();
  write("eat/corpus/token/unrooted", build(good_keeper())->evidence);
  for (const char* kind : {"tpm", "sev-snp", "tdx"})
    write(fmt::format("eat/corpus/token/{}", kind), build(good_rooted_keeper(kind))->evidence);
  write_nvidia_seeds();
  write_cmw_seeds();
  namespace corim = attest::corim_samples;
  write("corim/corpus/tdx", corim::tdx());
  write("corim/corpus/snp", corim::snp());
  if (const auto signing = crypto::SigningKey::generate(crypto::KeyType::kP256))
    write("corim/corpus/signed", attest::sign_cose_sign1(corim::tdx(), *signing).value());
  return 0;
}
