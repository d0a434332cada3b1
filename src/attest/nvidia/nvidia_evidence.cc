#include "attest/nvidia/nvidia_evidence.h"

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/pem.h"

namespace strongroom::attest::nvidia {
namespace {

constexpr size_t kMaximumDevices = 64;

Result<Device> read_device(const nlohmann::json& object, crypto::SignatureCache* cache) {
  Device device;
  if (object.contains("arch")) device.architecture = TRY(json_text(object, "arch"));
  device.report = TRY_IN("evidence", from_base64(TRY(json_text(object, "evidence"))));
  const Bytes pem = TRY_IN("certificate", from_base64(TRY(json_text(object, "certificate"))));
  device.certificates = TRY_IN("certificate", crypto::certificates_from_pem(pem, 16, cache));
  return device;
}

}  // namespace

bool looks_like_device_list(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  return (begins_json(text, '[') || begins_json(text, '{')) &&
         text.find("\"evidence\"") != std::string_view::npos &&
         text.find("\"certificate\"") != std::string_view::npos;
}

Result<std::vector<Device>> parse_device_list(ByteView bytes, crypto::SignatureCache* cache) {
  const nlohmann::json list = TRY_IN("NVIDIA evidence", parse_json(bytes));
  std::vector<Device> devices;
  if (list.is_object()) {
    devices.push_back(TRY_IN("NVIDIA evidence", read_device(list, cache)));
    return devices;
  }
  if (list.empty() || list.size() > kMaximumDevices)
    return fail(ErrorCode::kMalformed, "NVIDIA evidence: it is not of 1 to 64 devices");
  for (const nlohmann::json& object : list)
    devices.push_back(TRY_IN("NVIDIA evidence", read_device(object, cache)));
  return devices;
}

}  // namespace strongroom::attest::nvidia
