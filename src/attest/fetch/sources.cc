#include "attest/fetch/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "attest/amd/snp_report.h"
#include "attest/azure/azure_evidence.h"
#include "attest/intel/pck.h"
#include "attest/intel/quote.h"
#include "base/encoding.h"
#include "crypto/pem.h"

namespace strongroom::attest::fetch {
namespace {

constexpr char kRootList[] = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

// The PCK certificate that a quote carries, if it does.
std::optional<crypto::Certificate> carried_pck(const intel::Quote& quote) {
  if (quote.certification_type == intel::CertificationType::kPckLeaf)
    if (auto leaf = crypto::Certificate::from_der(quote.certification_data)) return std::move(*leaf);
  if (quote.certification_type != intel::CertificationType::kPckChain &&
      quote.certification_type != intel::CertificationType::kPckLeaf)
    return std::nullopt;
  const auto certificates = crypto::certificates_from_pem(quote.certification_data);
  if (!certificates) return std::nullopt;
  for (const crypto::Certificate& certificate : *certificates)
    if (intel::is_pck_certificate(certificate)) return certificate;
  return std::nullopt;
}

// Certification data of types 2 and 3: encrypted PPID, CPUSVN, PCESVN, PCEID.
void add_pck(const intel::Quote& quote, const Servers& servers, Sources& out) {
  constexpr size_t kTail = 16 + 2 + 2;
  const ByteView data = quote.certification_data;
  const bool encrypted = quote.certification_type == intel::CertificationType::kPpidRsa2048 ||
                         quote.certification_type == intel::CertificationType::kPpidRsa3072;
  if (!encrypted || data.size() <= kTail || !servers.is_pccs) {
    out.notes.emplace_back("the quote carries no PCK certificate; only a PCCS (--pccs) can give it");
    return;
  }
  const ByteView ppid = data.first(data.size() - kTail), tail = data.last(kTail);
  out.sources.push_back(
      {fmt::format("pck-{}.pem", to_hex(ByteView(quote.user_data).first(16))),
       fmt::format("{}/sgx/certification/v4/pckcert?qeid={}&encrypted_ppid={}&cpusvn={}&pcesvn={}&pceid={}",
                   servers.pcs, to_hex(ByteView(quote.user_data).first(16)), to_hex(ppid),
                   to_hex(tail.first(16)), to_hex(tail.subspan(16, 2)), to_hex(tail.subspan(18, 2))),
       "sgx-pck-certificate-issuer-chain",
       {}});
  out.notes.emplace_back(
      "run it again with the fetched PCK certificate's platform in a quote that carries it, "
      "to fetch its TCB information");
}

Result<void> add_intel(ByteView evidence, const Servers& servers, Sources& out) {
  const intel::Quote quote = TRY(intel::parse_quote(evidence));
  const bool tdx = quote.td.has_value();
  const char* tee = tdx ? "tdx" : "sgx";
  const std::string base = servers.pcs + "/sgx/certification/v4/";
  out.sources.push_back({fmt::format("{}-qe-identity.json", tee),
                         fmt::format("{}/{}/certification/v4/qe/identity", servers.pcs, tee),
                         "sgx-enclave-identity-issuer-chain",
                         {}});
  // PCCS gives it in hexadecimal, Intel as DER.
  out.sources.push_back(
      {"intel-root.crl", servers.is_pccs ? base + "rootcacrl" : std::string(kRootList), "", {}});
  const auto pck = carried_pck(quote);
  if (!pck) {
    add_pck(quote, servers, out);
    return {};
  }
  const auto extension = pck->extension(intel::kSgxExtensionsOid);
  if (!extension) return fail(ErrorCode::kMalformed, "the PCK certificate has no SGX extensions");
  const intel::PckExtensions platform = TRY(intel::parse_pck_extensions(*extension));
  const std::string fmspc = to_hex(platform.fmspc);
  out.sources.push_back({fmt::format("{}-tcb-{}.json", tee, fmspc),
                         fmt::format("{}/{}/certification/v4/tcb?fmspc={}", servers.pcs, tee, fmspc),
                         "tcb-info-issuer-chain",
                         {}});
  const bool processor = pck->issuer().find("Processor") != std::string::npos;
  const char* authority = processor ? "processor" : "platform";
  out.sources.push_back({fmt::format("pck-{}.crl", authority),
                         fmt::format("{}pckcrl?ca={}&encoding=der", base, authority),
                         "sgx-pck-crl-issuer-chain",
                         {}});
  return {};
}

// The VCEK's address of one product.
std::string vcek_url(const amd::SnpReport& report, const std::string& product, const Servers& servers) {
  const amd::TcbVersion& tcb = report.reported_tcb;
  const bool turin = report.product == amd::Product::kTurin;
  const ByteView chip = ByteView(report.chip_id).first(turin ? 8 : report.chip_id.size());
  return fmt::format("{}/vcek/v1/{}/{}?{}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}", servers.kds,
                     product, to_hex(chip), turin ? fmt::format("fmcSPL={:02}&", tcb.fmc) : "",
                     tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode);
}

Result<void> add_amd(ByteView evidence, const Servers& servers, Sources& out) {
  const amd::SnpReport report = TRY(amd::parse_report(evidence.first(amd::kReportSize)));
  const bool vlek = report.signing_key == static_cast<uint8_t>(amd::SigningKey::kVlek);
  // Version 2 does not say what it runs on: Turin never made it.
  std::vector<std::string> products = {"Milan", "Genoa"};
  if (report.product != amd::Product::kUnknown) products = {std::string(to_string(report.product))};
  const char* kind = vlek ? "vlek" : "vcek";
  for (const std::string& product : products) {
    out.sources.push_back({fmt::format("amd-{}-{}-chain.pem", kind, product),
                           fmt::format("{}/{}/v1/{}/cert_chain", servers.kds, kind, product),
                           "",
                           {}});
    out.sources.push_back({fmt::format("amd-{}-{}.crl", kind, product),
                           fmt::format("{}/{}/v1/{}/crl", servers.kds, kind, product),
                           "",
                           {}});
  }
  if (vlek) {
    out.notes.emplace_back("the report is signed by a VLEK, which only its cloud provider hands out");
    return {};
  }
  const Bytes tcb(report.reported_tcb.raw.begin(), report.reported_tcb.raw.end());
  if (std::all_of(report.chip_id.begin(), report.chip_id.end(), [](uint8_t byte) { return byte == 0; })) {
    out.notes.emplace_back("the host masks CHIP_ID: the VCEK cannot be found by it");
    return {};
  }
  Source source{fmt::format("amd-vcek-{}-{}.der", to_hex(report.chip_id).substr(0, 16), to_hex(tcb)),
                vcek_url(report, products.front(), servers),
                "",
                {}};
  for (size_t i = 1; i < products.size(); ++i)
    source.others.push_back(vcek_url(report, products[i], servers));
  out.sources.push_back(std::move(source));
  return {};
}

}  // namespace

Result<Sources> sources_of(ByteView evidence, const Servers& servers) {
  Sources out;
  if (azure::looks_like_azure(evidence)) {
    const azure::AzureEvidence parts = TRY(azure::parse_azure(evidence));
    if (parts.hcl.kind == azure::HardwareReport::kSnp) {
      TRY(add_amd(parts.hcl.hardware_report, servers, out));
    } else if (parts.td_quote) {
      TRY(add_intel(*parts.td_quote, servers, out));
    } else {
      out.notes.emplace_back("an HCL report of TDX needs a TD quote beside it");
    }
  } else if (intel::looks_like_quote(evidence)) {
    TRY(add_intel(evidence, servers, out));
  } else if (amd::looks_like_report(evidence)) {
    TRY(add_amd(evidence, servers, out));
  } else {
    return fail(
        ErrorCode::kUnsupported,
        "no collateral is fetched for this evidence: SGX and TDX quotes, SNP reports and Azure's evidence "
        "have "
        "some that vendors publish; Nitro documents need none, and keys of services are for you to give");
  }
  return out;
}

}  // namespace strongroom::attest::fetch
