// Writes the examples of the page: make_examples DIRECTORY. They are evidence of vendors of our own (see
// testing/), which nothing but the root beside them vouches for. They are committed; run it again when one is
// added, not otherwise: its keys are new each time.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "attest/nitro/nitro_document.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/intel_world.h"
#include "attest/testing/nitro_world.h"
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/chain.h"
#include "crypto/digest.h"

namespace {

using namespace strongroom;
using namespace strongroom::attest::testing;
using Json = nlohmann::ordered_json;
using Files = std::vector<std::pair<std::string, Bytes>>;

constexpr char kRootName[] = "example-root";

struct Example {
  std::string file, title, about;
  Bytes evidence;
  Files files;
  Bytes root;
  std::string rule;  // of the policy
  attest::Time time;
  std::string nonce;
};

// Looks like a measurement, and means nothing.
Bytes made_up(std::string_view of, size_t size) {
  const auto digest = crypto::sha512(as_bytes(of));
  return Bytes(digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size));
}
void put(Bytes& report, size_t offset, const Bytes& value) {
  std::copy(value.begin(), value.end(), report.begin() + static_cast<std::ptrdiff_t>(offset));
}

void write(const std::filesystem::path& directory, const Example& example) {
  Json collateral = Json::array();
  const auto add = [&](std::string name, const Bytes& content, bool root) {
    collateral.push_back({{"name", std::move(name)}, {"content", to_base64(content)}, {"root", root}});
  };
  add(kRootName, example.root, true);
  for (const auto& [name, content] : example.files)
    if (content != example.root) add(name, content, false);
  const auto certificate = crypto::Certificate::from_der(example.root);
  if (!certificate) return fmt::print(stderr, "{}: {}\n", example.file, certificate.error().message);
  const std::string policy = fmt::format(
      "version = 1\n\n[[root]]            # a root of our own: examples are not a vendor's\n"
      "name = \"{}\"\nkey_sha256 = \"{}\"\n\n[[allow]]\n{}roots = [\"{}\"]\n",
      kRootName, to_hex(certificate->key_fingerprint()), example.rule, kRootName);
  const Json json = {
      {"title", example.title},   {"about", example.about}, {"evidence", to_base64(example.evidence)},
      {"collateral", collateral}, {"policy", policy},       {"time", crypto::time_text(example.time)},
      {"nonce", example.nonce}};
  if (const auto written = write_file(directory / (example.file + ".json"), as_bytes(json.dump(1) + "\n"));
      !written)
    fmt::print(stderr, "{}\n", written.error().message);
}

Bytes file_of(const Files& files, std::string_view name) {
  for (const auto& [file, content] : files)
    if (file == name) return content;
  return {};
}

Example sgx() {
  IntelSpec spec = good_intel(3, false, false);
  const Bytes enclave = made_up("search service, release 4", 32), signer = made_up("search team", 32);
  put(spec.report, 64, enclave);
  put(spec.report, 128, signer);
  spec.report[256] = 7;  // ISVPRODID
  spec.report[258] = 4;  // ISVSVN
  put(spec.report, 320, made_up("a TLS key", 32));
  const auto made = build(spec);
  return {"sgx",
          "SGX enclave, all good",
          "A quote of version 3 with a platform that is up to date; the policy names its signer.",
          made->evidence,
          made->files,
          file_of(made->files, "root"),
          fmt::format("name = \"search service, release 4\"\ntee = [\"sgx\"]\nsigner = [\"{}\"]\nproduct_id "
                      "= [7]\nminimum_svn = 4\n",
                      to_hex(signer)),
          spec.now,
          ""};
}

Example tdx() {
  IntelSpec spec = good_intel(5, true, true);
  put(spec.report, 136, made_up("virtual firmware", 48));
  for (size_t i = 0; i < 4; ++i) put(spec.report, 328 + 48 * i, made_up(fmt::format("rtmr {}", i), 48));
  put(spec.report, 520, made_up("a TLS key", 32));
  spec.components = std::vector<unsigned>(16, 2);
  const auto made = build(spec);
  return {
      "tdx-out-of-date",
      "TDX guest on an old platform",
      "A TDX 1.5 quote that is genuine, but whose platform lacks updates. The policy could accept that by "
      "name: tcb_status = [\"UpToDate\", \"OutOfDate\"], and the open advisories.",
      made->evidence,
      made->files,
      file_of(made->files, "root"),
      fmt::format("name = \"inference guest\"\ntee = [\"tdx\"]\nmeasurement = [\"{}\"]\n",
                  to_hex(made_up("virtual firmware", 48))),
      spec.now,
      ""};
}

Example snp(bool debug) {
  AmdSpec spec = good_amd(debug ? 2 : 5, debug ? "Milan" : "Turin", false);
  put(spec.report, 0x90, made_up("guest image", 48));
  put(spec.report, 0x50, made_up("a nonce", 64));
  put(spec.report, 0x140, made_up("report id", 32));
  if (debug) spec.report[0x0a] = static_cast<uint8_t>(spec.report[0x0a] | 0x08);  // POLICY, bit 19
  const auto made = build(spec);
  const std::string nonce = to_hex(made_up("a nonce", 64));
  const std::string rule = fmt::format(
      "name = \"database guest\"\ntee = [\"sev-snp\"]\nmeasurement = [\"{}\"]\nrequire_nonce = true\n",
      to_hex(made_up("guest image", 48)));
  if (debug)
    return {
        "snp-debug",
        "SEV-SNP guest with debugging on",
        "The signature is good, and so is the chain; but the guest's policy lets the host read its memory.",
        made->evidence,
        made->files,
        file_of(made->files, "ark"),
        rule,
        spec.now,
        nonce};
  return {"snp",
          "SEV-SNP guest on Turin",
          "A report of version 5, bound to a nonce.",
          made->evidence,
          made->files,
          file_of(made->files, "ark"),
          rule,
          spec.now,
          nonce};
}

Example nitro(bool forged) {
  NitroSpec spec = good_nitro();
  spec.indefinite = true;
  for (unsigned i = 0; i < 5; ++i) spec.pcrs[i] = made_up(fmt::format("pcr {}", i), 48);
  spec.public_key = made_up("a public key", 64);
  spec.user_data = to_bytes(as_bytes("order 4711"));
  spec.sign_with_other_key = forged;
  const auto made = build(spec);
  Bytes root;
  if (const auto document = attest::nitro::parse_document(made->evidence, nullptr))
    for (const crypto::Certificate& certificate : document->certificates)
      if (certificate.self_issued()) root = to_bytes(certificate.der());
  const std::string rule = fmt::format("name = \"key service\"\ntee = [\"nitro\"]\nmeasurement = [\"{}\"]\n",
                                       to_hex(spec.pcrs[0]));
  if (forged)
    return {"nitro-forged",
            "Nitro document, forged",
            "Everything is in order but the one signature that counts.",
            made->evidence,
            {},
            root,
            rule,
            spec.now,
            ""};
  return {"nitro",
          "Nitro enclave",
          "A document of AWS Nitro Enclaves with the certificates that it carries itself.",
          made->evidence,
          {},
          root,
          rule,
          spec.now,
          ""};
}

Example sgx_missing() {
  Example example = sgx();
  example.file = "sgx-missing";
  example.title = "SGX enclave, collateral missing";
  example.about =
      "The same kind of quote without TCB information and revocation lists: undetermined, never accepted.";
  Files kept;
  for (auto& file : example.files)
    if (file.first != "tcb_info" && file.first != "platform_crl") kept.push_back(file);
  example.files = kept;
  return example;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const Example& example :
       {sgx(), tdx(), snp(false), snp(true), nitro(false), nitro(true), sgx_missing()})
    write(argv[1], example);
  return 0;
}
