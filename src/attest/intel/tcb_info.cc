#include "attest/intel/tcb_info.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/intel/pcs_json.h"
#include "attest/json.h"

namespace strongroom::attest::intel {
namespace {

// Version 3: "sgxtcbcomponents": [{"svn": n, ...} x 16].
Result<ComponentSvns> components(const nlohmann::json& tcb, std::string_view key) {
  const nlohmann::json& list = TRY(json_array(tcb, key));
  ComponentSvns svns{};
  if (list.size() != svns.size())
    return fail(ErrorCode::kMalformed,
                fmt::format("\"{}\" has {} components instead of 16", key, list.size()));
  for (size_t i = 0; i < svns.size(); ++i)
    svns[i] = static_cast<uint8_t>(TRY(json_unsigned(list[i], "svn", UINT8_MAX)));
  return svns;
}

// Version 2: "sgxtcbcomp01svn" to "sgxtcbcomp16svn".
Result<ComponentSvns> numbered_components(const nlohmann::json& tcb) {
  ComponentSvns svns{};
  for (size_t i = 0; i < svns.size(); ++i)
    svns[i] =
        static_cast<uint8_t>(TRY(json_unsigned(tcb, fmt::format("sgxtcbcomp{:02}svn", i + 1), UINT8_MAX)));
  return svns;
}

Result<TdxModule> tdx_module(const nlohmann::json& object) {
  TdxModule module;
  module.mrsigner = to_array<48>(TRY(json_hex(object, "mrsigner", 48)));
  module.attributes = to_array<8>(TRY(json_hex(object, "attributes", 8)));
  module.attributes_mask = to_array<8>(TRY(json_hex(object, "attributesMask", 8)));
  return module;
}

Result<TcbLevel> tcb_level(const nlohmann::json& object, const TcbInfo& info) {
  TcbLevel level;
  const nlohmann::json& tcb = TRY(json_object(object, "tcb"));
  level.sgx = info.version == 2 ? TRY(numbered_components(tcb)) : TRY(components(tcb, "sgxtcbcomponents"));
  if (info.tdx) level.tdx = TRY(components(tcb, "tdxtcbcomponents"));
  level.pce_svn = static_cast<uint16_t>(TRY(json_unsigned(tcb, "pcesvn", UINT16_MAX)));
  level.status = TRY(pcs_status(object));
  level.advisories = TRY(pcs_advisories(object));
  return level;
}

Result<TcbInfo> parse(ByteView text) {
  TcbInfo info;
  info.signed_body = TRY(parse_signed_body(text, "tcbInfo"));
  const nlohmann::json body = TRY(parse_json(info.signed_body.body));
  info.version = static_cast<unsigned>(TRY(json_unsigned(body, "version", UINT32_MAX)));
  if (info.version != 2 && info.version != 3)
    return fail(ErrorCode::kMalformed, fmt::format("version {} is not known", info.version));
  if (info.version == 3) {
    const std::string id = TRY(json_text(body, "id"));
    if (id != "SGX" && id != "TDX")
      return fail(ErrorCode::kMalformed, fmt::format("id \"{}\" is not known", id));
    info.tdx = id == "TDX";
  }
  info.validity = TRY(pcs_validity(body));
  info.fmspc = to_array<6>(TRY(json_hex(body, "fmspc", 6)));
  info.pce_id = to_array<2>(TRY(json_hex(body, "pceId", 2)));
  // tcbType 0: the components of CPUSVN are compared one by one; no other is defined.
  TRY(json_unsigned(body, "tcbType", 0));
  info.evaluation_number =
      static_cast<uint32_t>(TRY(json_unsigned(body, "tcbEvaluationDataNumber", UINT32_MAX)));
  if (info.tdx) {
    info.module = TRY(tdx_module(TRY(json_object(body, "tdxModule"))));
    if (body.contains("tdxModuleIdentities")) {
      const nlohmann::json& identities = TRY(json_array(body, "tdxModuleIdentities"));
      for (const nlohmann::json& object : identities) {
        TdxModule module = TRY(tdx_module(object));
        module.id = TRY(json_text(object, "id"));
        module.levels = TRY(pcs_isv_levels(object));
        info.module_identities.push_back(std::move(module));
      }
    }
  }
  const nlohmann::json& levels = TRY(json_array(body, "tcbLevels"));
  for (const nlohmann::json& level : levels) info.levels.push_back(TRY(tcb_level(level, info)));
  if (info.levels.empty()) return fail(ErrorCode::kMalformed, "tcbLevels is empty");
  return info;
}

}  // namespace

Result<TcbInfo> parse_tcb_info(ByteView text) {
  return TRY_IN("TCB info", parse(text));
}

}  // namespace strongroom::attest::intel
