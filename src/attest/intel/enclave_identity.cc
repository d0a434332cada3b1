#include "attest/intel/enclave_identity.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/intel/pcs_json.h"
#include "attest/json.h"

namespace strongroom::attest::intel {
namespace {

Result<uint32_t> word(const nlohmann::json& body, std::string_view key) {
  const Bytes bytes = TRY(json_hex(body, key, 4));
  return ByteReader(bytes).little<uint32_t>(key);
}

Result<EnclaveIdentity> parse(ByteView text) {
  EnclaveIdentity identity;
  identity.signed_body = TRY(parse_signed_body(text, "enclaveIdentity"));
  const nlohmann::json body = TRY(parse_json(identity.signed_body.body));
  identity.id = TRY(json_text(body, "id"));
  if (identity.id != "QE" && identity.id != "TD_QE" && identity.id != "QVE")
    return fail(ErrorCode::kMalformed, fmt::format("id \"{}\" is not known", identity.id));
  TRY(json_unsigned(body, "version", 2));
  if (body["version"] != 2) return fail(ErrorCode::kMalformed, "version is not 2");
  identity.validity = TRY(pcs_validity(body));
  identity.evaluation_number =
      static_cast<uint32_t>(TRY(json_unsigned(body, "tcbEvaluationDataNumber", UINT32_MAX)));
  identity.misc_select = TRY(word(body, "miscselect"));
  identity.misc_select_mask = TRY(word(body, "miscselectMask"));
  identity.attributes = to_array<16>(TRY(json_hex(body, "attributes", 16)));
  identity.attributes_mask = to_array<16>(TRY(json_hex(body, "attributesMask", 16)));
  identity.mrsigner = to_array<32>(TRY(json_hex(body, "mrsigner", 32)));
  identity.isv_prod_id = static_cast<uint16_t>(TRY(json_unsigned(body, "isvprodid", UINT16_MAX)));
  identity.levels = TRY(pcs_isv_levels(body));
  return identity;
}

}  // namespace

Result<EnclaveIdentity> parse_enclave_identity(ByteView text) {
  return TRY_IN("enclave identity", parse(text));
}

}  // namespace strongroom::attest::intel
