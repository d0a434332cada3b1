#include "attest/testing/keeper_world.h"

#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

struct Keys {
  Key keeper = Key::make(Key::Kind::kP256), other = Key::make(Key::Kind::kP256),
      p384 = Key::make(Key::Kind::kP384);
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

// Intel SDM volume 3D, "REPORT", without key id and MAC.
Bytes report_body(const KeeperSpec& spec) {
  const auto binding = crypto::sha512(ByteWriter()
                                          .bytes(as_bytes("strongroom evidence 1"))
                                          .little(static_cast<uint32_t>(spec.nonce_claim.size()))
                                          .bytes(spec.nonce_claim)
                                          .bytes(spec.user_data)
                                          .take());
  Bytes body = ByteWriter()
                   .big(spec.tcb_version)
                   .zeros(47)
                   .little(spec.flags)
                   .little(uint64_t{3})
                   .bytes(spec.mrenclave)
                   .zeros(32)
                   .bytes(spec.mrsigner)
                   .zeros(96)
                   .little(spec.product_id)
                   .little(spec.svn)
                   .zeros(60)
                   .bytes(binding)
                   .take();
  if (spec.change_report) spec.change_report(body);
  return body;
}

// What binds the keeper's key and the nonce.
Bytes root_data(const KeeperSpec& spec, const Bytes& key) {
  return spec.root_data.value_or(to_bytes(crypto::sha256(
      ByteWriter().bytes(as_bytes("strongroom evidence root 1")).bytes(key).bytes(spec.nonce_claim).take())));
}

// Into a report's field of 64 bytes, zeros behind.
void put_report_data(Bytes& report, size_t offset, const Bytes& data) {
  const auto field = report.begin() + static_cast<std::ptrdiff_t>(offset);
  std::fill_n(field, 64, uint8_t{0});
  std::copy(data.begin(), data.end(), field);
}

Bytes root_evidence(const KeeperSpec& spec, const Bytes& key, KeeperCase& out) {
  const Bytes data = root_data(spec, key);
  if (spec.root == "sev-snp") {
    AmdSpec snp = good_amd(5, "Genoa", false);
    put_report_data(snp.report, 0x50, data);
    snp.trust_root = spec.trust_root;
    if (spec.change_snp) spec.change_snp(snp);
    out.snp = build(snp);
    out.options = out.snp->options;
    return out.snp->evidence;
  }
  if (spec.root == "tdx") {
    IntelSpec td = good_intel(4, true, false);
    put_report_data(td.report, 520, data);
    td.trust_root = spec.trust_root;
    if (spec.change_td) spec.change_td(td);
    out.td = build(td);
    out.options = out.td->options;
    return out.td->evidence;
  }
  TpmSpec tpm = good_tpm();
  tpm.extra_data = data;
  tpm.send_log = false;
  if (spec.change_tpm) spec.change_tpm(tpm);
  const auto built = build(tpm);
  if (spec.trust_root) out.options.extra_roots = built->options.extra_roots;
  return built->evidence;
}

}  // namespace

Bytes cbor_number(int64_t value) {
  return value < 0 ? cbor_head(1, static_cast<uint64_t>(-1 - value))
                   : cbor_head(0, static_cast<uint64_t>(value));
}

KeeperSpec good_keeper() {
  KeeperSpec spec;
  spec.now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  spec.policy =
      "version = 1\n[[allow]]\ntee = [\"process\"]\ninsecure_any_code = true\ninsecure_unrooted = true\n";
  return spec;
}

KeeperSpec good_rooted_keeper(const std::string& root) {
  KeeperSpec spec = good_keeper();
  spec.root = root;
  spec.policy.clear();
  return spec;
}

std::unique_ptr<KeeperCase> build(const KeeperSpec& spec) {
  auto out = std::make_unique<KeeperCase>();
  const Bytes point = (spec.claim_other_key ? keys().other : keys().keeper).point();
  // In the order of their encoding.
  std::vector<std::pair<int64_t, Bytes>> claims = {
      {6, cbor_number(1772323200)},
      {10, cbor_bytes_item(spec.nonce_claim)},
      {263, cbor_number((spec.flags & 2) != 0 ? 0 : 2)},
      {265, cbor_text_item("tag:strongroom,2026:enclave-evidence/1")},
      {-70001, cbor_bytes_item(report_body(spec))},
      {-70002, cbor_bytes_item(spec.user_data)},
      {-70003, cbor_text_item(spec.tee)},
      {-70004, cbor_bytes_item(point)},
      {-70005, cbor_text_item(spec.root)}};
  if (spec.root != "unrooted") claims.emplace_back(-70006, cbor_bytes_item(root_evidence(spec, point, *out)));
  if (spec.change_claims) spec.change_claims(claims);
  Bytes payload = spec.indefinite ? Bytes{0xbf} : cbor_head(5, claims.size());
  for (const auto& [key, value] : claims) payload = concat({payload, cbor_number(key), value});
  if (spec.indefinite) payload.push_back(0xff);
  if (spec.change_payload) spec.change_payload(payload);

  const Bytes header = concat({cbor_head(5, 1), cbor_number(1), cbor_number(spec.algorithm)});
  const Bytes to_sign = concat({cbor_head(4, 4), cbor_text_item("Signature1"), cbor_bytes_item(header),
                                cbor_bytes_item({}), cbor_bytes_item(payload)});
  const Key& signer = spec.signing_key == Key::Kind::kP384 ? keys().p384
                      : spec.sign_with_other_key           ? keys().other
                                                           : keys().keeper;
  out->evidence = concat({spec.tag ? Bytes{0xd2} : Bytes{}, cbor_head(4, 4), cbor_bytes_item(header),
                          spec.unprotected, cbor_bytes_item(payload), cbor_bytes_item(signer.sign(to_sign))});
  if (spec.change_document) spec.change_document(out->evidence);
  if (spec.give_key) (void)out->collateral.add(keys().keeper.spki(), "key");
  if (spec.trust_key) out->options.extra_roots.push_back({"keeper", keys().keeper.fingerprint()});
  if (spec.trust_other_key) out->options.extra_roots.push_back({"other", keys().other.fingerprint()});
  if (!spec.policy.empty()) {
    out->policy = Policy::parse(spec.policy, "test").value();
    out->options.policy = &*out->policy;
  }
  out->options.time = spec.now;
  out->options.nonce = spec.nonce;
  if (out->options.collateral == nullptr) out->options.collateral = &out->collateral;
  return out;
}

}  // namespace strongroom::attest::testing
