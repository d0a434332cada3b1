#include "attest/nvidia/nvidia_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/certificate_chain.h"
#include "attest/nvidia/nvidia_evidence.h"
#include "attest/nvidia/rim.h"

namespace strongroom::attest::nvidia {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr size_t kMaximumCandidates = 64;
constexpr unsigned kDecoderMeasurement = 36;

void fill_claims(const GpuReport& report, Claims& claims) {
  claims.tee = report.of_switch() ? "nvidia-switch" : "nvidia-gpu";
  claims.nonce = report.nonce;
  claims.report_data = report.nonce;
  claims.vendor["nvidia.driver_version"] = report.driver_version;
  claims.vendor["nvidia.vbios_version"] = report.vbios_version;
  if (report.firmware_id) claims.vendor["nvidia.fwid"] = *report.firmware_id;
  for (const auto& [index, value] : report.measurements)
    claims.vendor[fmt::format("nvidia.measurement{}", index)] = value;
}

std::optional<GpuReport> read(ByteView bytes, Assessment& assessment) {
  auto report = parse_report(bytes);
  if (!report) {
    assessment.malformed(report.error());
    return std::nullopt;
  }
  assessment.result.format = "nvidia-report";
  fill_claims(*report, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the report has the form of SPDM 1.1 and NVIDIA's fields");
  return std::move(*report);
}

// The certificate, among those at hand, whose key signed the report.
const crypto::Certificate* find_signer(const GpuReport& report,
                                       const std::vector<crypto::Certificate>& certificates, size_t& tried) {
  for (const crypto::Certificate& certificate : certificates) {
    if (certificate.is_authority() || certificate.key().type() != crypto::KeyType::kP384) continue;
    if (++tried > kMaximumCandidates) break;
    if (crypto::verify_ecdsa(certificate.key(), crypto::HashAlgorithm::kSha384, report.signed_message,
                             report.signature))
      return &certificate;
  }
  return nullptr;
}

void judge_firmware_id(const GpuReport& report, const crypto::Certificate& leaf, Assessment& assessment) {
  const auto certified = firmware_id_of(leaf);
  if (!report.firmware_id) {
    assessment.skip(kAuthenticity, "fwid", "the report names no firmware id");
  } else if (!certified) {
    assessment.fail(kAuthenticity, "fwid", "the report names a firmware id, its certificate none");
  } else {
    assessment.expect(*certified == *report.firmware_id, kAuthenticity, "fwid",
                      "the firmware id is that of the certificate",
                      "the firmware id is not that of the certificate: other firmware holds the key");
  }
}

void judge_signature(const GpuReport& report, const std::vector<crypto::Certificate>& carried,
                     const VerificationOptions& options, Assessment& assessment) {
  const std::vector<crypto::Certificate> candidates = with_collateral(carried, options);
  size_t tried = 0;
  const crypto::Certificate* leaf = find_signer(report, candidates, tried);
  if (leaf == nullptr) {
    if (tried == 0) {
      assessment.miss(kAuthenticity, "report.signature", "the device's certificate was not given");
    } else {
      assessment.fail(kAuthenticity, "report.signature",
                      "the key of no certificate at hand signed the report");
    }
    return;
  }
  assessment.pass(kAuthenticity, "report.signature", "the key of the device's certificate signed the report");
  const Bytes& serial = leaf->serial();
  assessment.result.claims.hardware_id = serial;
  judge_firmware_id(report, *leaf, assessment);
  const auto judged = judge_chain(
      *leaf, candidates,
      {.roots = trusted_roots(Vendor::kNvidiaDevice, options),
       .chain = "certificate.chain",
       .validity = "certificate.validity",
       .revocation = "certificate.revocation",
       .kept = "certificate",
       .fits =
           [](const auto& chain) { return leaf_signs_data(chain, "the certificate may not sign reports"); }},
      options, assessment);
  if (judged) assessment.result.claims.vendor["nvidia.model"] = judged->chain.certificates[1].common_name();
}

// Every measurement that the RIM fixes has one of its values.
void compare(const GpuReport& report, const Rim& rim, const std::string& check, Assessment& assessment) {
  std::vector<unsigned> wrong;
  for (const auto& [index, values] : rim.measurements) {
    if (index == kDecoderMeasurement && report.decoder_disabled) continue;
    const auto measured = report.measurements.find(index);
    if (measured == report.measurements.end() ||
        std::find(values.begin(), values.end(), measured->second) == values.end())
      wrong.push_back(index);
  }
  assessment.expect(
      wrong.empty(), Concern::kTcb, check,
      fmt::format("{} measurements are those of the RIM {}", rim.measurements.size(), rim.version),
      fmt::format("measurements {} are not those of the RIM {}", fmt::join(wrong, ", "), rim.version));
}

// The RIM of this version among the documents, judged and compared.
std::optional<Rim> judge_part(const GpuReport& report, std::string_view part, const std::string& version,
                              const VerificationOptions& options, Assessment& assessment) {
  const std::string prefix = fmt::format("rim.{}", part);
  std::vector<std::string> others;
  for (const Document& document : collateral_of(options).documents) {
    if (!looks_like_rim(document.content)) continue;
    const auto rim = parse_rim(document.content);
    if (!rim || rim->version != version) {
      others.push_back(rim ? rim->version : document.name + " (" + rim.error().message + ")");
      continue;
    }
    if (!judge_rim(document.content, *rim, prefix, options, assessment)) return std::nullopt;
    compare(report, *rim, prefix + ".measurements", assessment);
    return *rim;
  }
  assessment.miss(Concern::kTcb, prefix + ".measurements",
                  fmt::format("the RIM of {} {} was not given{}{}", part, version,
                              others.empty() ? "" : "; at hand: ", fmt::join(others, ", ")));
  return std::nullopt;
}

void judge_measurements(const GpuReport& report, const VerificationOptions& options, Assessment& assessment) {
  const auto vbios = judge_part(report, "vbios", report.vbios_version, options, assessment);
  // Switches have no driver of their own.
  if (report.of_switch()) return;
  const auto driver = judge_part(report, "driver", report.driver_version, options, assessment);
  if (!vbios || !driver) return;
  const bool conflict =
      std::any_of(vbios->measurements.begin(), vbios->measurements.end(),
                  [&](const auto& one) { return driver->measurements.contains(one.first); });
  assessment.expect(!conflict, Concern::kTcb, "rim.conflict", "the two RIMs fix different measurements",
                    "both RIMs fix the same measurement");
}

void judge_device(const Device& device, const VerificationOptions& options, Assessment& assessment) {
  const auto report = read(device.report, assessment);
  if (!report) return;
  judge_signature(*report, device.certificates, options, assessment);
  assessment.check_nonce(options, report->nonce, "the nonce of the request");
  judge_measurements(*report, options, assessment);
}

bool recognises(ByteView bytes) {
  return looks_like_report(bytes) || looks_like_device_list(bytes);
}

std::optional<std::vector<Device>> devices_of(ByteView bytes, crypto::SignatureCache* cache,
                                              Assessment& assessment) {
  if (looks_like_report(bytes)) return std::vector<Device>{{"", to_bytes(bytes), {}}};
  auto devices = parse_device_list(bytes, cache);
  if (devices) return std::move(*devices);
  assessment.malformed(devices.error());
  return std::nullopt;
}

// What all devices have alike is claimed of the list; what differs is not, lest a policy take the last for
// all.
template <typename T>
void claim_common(T& claim, const T& of_device, bool first) {
  if (first) {
    claim = of_device;
  } else if (claim != of_device) {
    claim = T();
  }
}

// One device is judged in place, several are layers.
template <typename Judge>
void for_each_device(const std::vector<Device>& devices, Assessment& assessment, Judge&& judge) {
  if (devices.size() == 1) return judge(devices.front(), assessment);
  assessment.result.format = "nvidia-report-list";
  assessment.pass(Concern::kForm, "form", fmt::format("the reports of {} devices", devices.size()));
  bool authentic = true;
  for (const Device& device : devices) {
    Assessment layer;
    judge(device, layer);
    layer.conclude();
    authentic = authentic && layer.result.authentic;
    Claims &all = assessment.result.claims, &one = layer.result.claims;
    const bool first = assessment.result.layers.empty();
    claim_common(all.tee, one.tee, first);
    claim_common(all.nonce, one.nonce, first);
    claim_common(all.root, one.root, first);
    assessment.supporting_roots.insert(assessment.supporting_roots.end(), layer.supporting_roots.begin(),
                                       layer.supporting_roots.end());
    assessment.result.layers.push_back(std::move(layer.result));
  }
  if (authentic) assessment.pass(kAuthenticity, "devices", "every device's report is authentic");
}

void decode(ByteView bytes, Assessment& assessment) {
  if (const auto devices = devices_of(bytes, nullptr, assessment))
    for_each_device(*devices, assessment,
                    [](const Device& device, Assessment& layer) { read(device.report, layer); });
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  if (const auto devices = devices_of(bytes, cache_of(options), assessment))
    for_each_device(*devices, assessment,
                    [&](const Device& device, Assessment& layer) { judge_device(device, options, layer); });
}

// ---- RIMs by themselves ----

std::optional<Rim> read_rim(ByteView xml, Assessment& assessment) {
  auto rim = parse_rim(xml);
  if (!rim) {
    assessment.malformed(rim.error());
    return std::nullopt;
  }
  assessment.result.format = "nvidia-rim";
  assessment.result.claims.vendor["rim.version"] = rim->version;
  assessment.result.claims.vendor["rim.product"] = rim->product;
  assessment.result.claims.vendor["rim.edition"] = rim->edition;
  assessment.result.claims.vendor["rim.measurements"] = uint64_t{rim->measurements.size()};
  assessment.pass(Concern::kForm, "form", "the RIM is a SWID tag with one signature");
  return std::move(*rim);
}

void decode_rim(ByteView xml, Assessment& assessment) {
  read_rim(xml, assessment);
}
void verify_rim(ByteView xml, const VerificationOptions& options, Assessment& assessment) {
  const auto rim = read_rim(xml, assessment);
  if (!rim) return;
  judge_rim(xml, *rim, "rim", options, assessment);
  assessment.miss(Concern::kFreshness, "rim.evidence",
                  "a manifest says what should be measured, and is evidence of nothing that runs");
}

}  // namespace

constinit const EvidenceFormat kNvidiaFormat = {"nvidia-report",
                                                "NVIDIA GPU and NVSwitch reports (SPDM 1.1), bare or as JSON",
                                                recognises, decode, verify};
constinit const EvidenceFormat kRimFormat = {"nvidia-rim", "NVIDIA reference integrity manifests",
                                             looks_like_rim, decode_rim, verify_rim};

}  // namespace strongroom::attest::nvidia
