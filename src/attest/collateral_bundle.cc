#include "attest/collateral_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/der.h"

namespace strongroom::attest {
namespace {

using nlohmann::json;
using Parts = std::vector<Bytes>;

constexpr size_t kMaximumPart = size_t{1} << 22;

// Each field under the names that it goes by.
constexpr std::array<std::string_view, 2> kTcbInfo = {"tcb_info", "tcbInfo"};
constexpr std::array<std::string_view, 2> kIdentity = {"qe_identity", "qeIdentity"};
constexpr std::array<std::string_view, 16> kPlain = {"pck_crl_issuer_chain",
                                                     "pckCrlIssuerChain",
                                                     "root_ca_crl",
                                                     "rootCaCrl",
                                                     "pck_crl",
                                                     "pckCrl",
                                                     "tcb_info_issuer_chain",
                                                     "tcbInfoIssuerChain",
                                                     "qe_identity_issuer_chain",
                                                     "qeIdentityIssuerChain",
                                                     "pck_certificate_chain",
                                                     "pckCertificateChain",
                                                     "pck_certificate",
                                                     "pckCertificate",
                                                     "root_ca",
                                                     "rootCa"};

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "collateral bundle: " + std::move(why));
}

// Without the NUL or the end of a line that many keep behind a document. The last bytes of DER may look like
// either, but it says itself where it ends.
Bytes without_end(ByteView bytes) {
  size_t text_end = bytes.size(), der_end = 0;
  while (text_end > 0 &&
         (bytes[text_end - 1] == 0 || bytes[text_end - 1] == '\n' || bytes[text_end - 1] == '\r'))
    --text_end;
  crypto::DerReader reader(bytes);
  while (!reader.at_end()) {
    const auto content = reader.expect(crypto::kDerSequence, "DER");
    if (!content) break;
    der_end = static_cast<size_t>(content->data() + content->size() - bytes.data());
  }
  return to_bytes(bytes.first(std::max(text_end, der_end)));
}

// Text, or bytes as an array of numbers.
Result<Bytes> bytes_of(const json& value) {
  if (value.is_string()) return to_bytes(as_bytes(value.get_ref<const std::string&>()));
  if (!value.is_array() || value.size() > kMaximumPart) return malformed("a part is neither text nor bytes");
  Bytes out;
  for (const json& byte : value) {
    if (!byte.is_number_unsigned() || byte.get<uint64_t>() > 255) return malformed("a byte is no byte");
    out.push_back(static_cast<uint8_t>(byte.get<uint64_t>()));
  }
  return out;
}

// Lists are in DER, hexadecimal, PEM, or base64 of DER, which alone nobody else here would recognise.
Bytes out_of_base64(Bytes part) {
  if (as_text(part).starts_with("MI"))
    if (auto der = from_base64(as_text(part)); der && !der->empty() && der->front() == 0x30)
      return std::move(*der);
  return part;
}

const json* member(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// The document and its signature (hexadecimal, or bytes), joined.
Result<void> add_signed(const json& object, std::string_view name, std::string_view joined_as, Parts& parts) {
  const json* document = member(object, name);
  if (document == nullptr || !document->is_string()) return {};
  const json* signature = member(object, std::string(name) + "_signature");
  if (signature == nullptr) signature = member(object, std::string(name) + "Signature");
  const std::string& text = document->get_ref<const std::string&>();
  if (signature == nullptr) {  // joined already
    parts.push_back(to_bytes(as_bytes(text)));
    return {};
  }
  Bytes value = TRY(bytes_of(*signature));
  const std::string hex = value.size() == 64 ? to_hex(value) : std::string(as_text(without_end(value)));
  const std::string joined = fmt::format("{{\"{}\":{},\"signature\":\"{}\"}}", joined_as, text, hex);
  parts.push_back(to_bytes(as_bytes(joined)));
  return {};
}

// What Azure's metadata service (THIM) answers in a confidential VM: the VCEK, and its authorities.
std::optional<Parts> parts_of_thim(const json& object) {
  Parts parts;
  for (const std::string_view name : {"vcekCert", "certificateChain"}) {
    const json* value = member(object, name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const std::string& text = value->get_ref<const std::string&>();
    if (!text.empty()) parts.push_back(to_bytes(as_bytes(text)));
  }
  return parts;
}

Result<std::optional<Parts>> parts_of_object(const json& object) {
  if (auto parts = parts_of_thim(object)) return parts;
  const json* chain = member(object, "tcb_info_issuer_chain");
  if (chain == nullptr) chain = member(object, "tcbInfoIssuerChain");
  if (chain == nullptr) {
    // One level down, beside the quote that it belongs to.
    const json* inner = member(object, "collateral");
    return inner != nullptr && inner->is_object() && member(*inner, "collateral") == nullptr
               ? parts_of_object(*inner)
               : Result<std::optional<Parts>>(std::nullopt);
  }
  Parts parts;
  for (const std::string_view name : kPlain)
    if (const json* value = member(object, name))
      parts.push_back(out_of_base64(without_end(TRY(bytes_of(*value)))));
  for (const std::string_view name : kTcbInfo) TRY(add_signed(object, name, "tcbInfo", parts));
  for (const std::string_view name : kIdentity) TRY(add_signed(object, name, "enclaveIdentity", parts));
  std::erase_if(parts, [](const Bytes& part) { return part.empty(); });
  return std::optional(std::move(parts));
}

// The YAML that such bundles are: one level of keys with block scalars ("|", "|-", ">", ">-"), double-quoted
// or plain ones.
Result<json> read_yaml(std::string_view text) {
  json object = json::object();
  std::string key, value;
  bool in_block = false;
  const auto close = [&] {
    if (in_block) object[key] = value;
    in_block = false;
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || line == "---") continue;
    if (line.starts_with("  ")) {
      if (!in_block) return malformed("a line of YAML is indented for nothing");
      value += std::string(line.substr(2)) + "\n";
      continue;
    }
    close();
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return malformed("a line of YAML is no key and value");
    key = std::string(line.substr(0, colon));
    const std::string_view rest = line.substr(colon + 2);
    if (rest == "|" || rest == "|-" || rest == ">" || rest == ">-") {
      in_block = true;
      value.clear();
    } else if (rest.starts_with('"')) {
      object[key] = TRY_IN("collateral bundle", parse_json(as_bytes(rest)));
    } else {
      object[key] = std::string(rest);
    }
  }
  close();
  return object;
}

// oe_sgx_endorsements_t: version 1, type 2 (SGX), size of what follows, number of parts, their offsets, and
// the parts: version, documents, and the time of their making (Open Enclave, common/sgx/endorsements.h).
Result<std::optional<Parts>> parts_of_open_enclave(ByteView content) {
  ByteReader reader(content);
  const auto version = reader.little<uint32_t>("version"), type = reader.little<uint32_t>("type"),
             size = reader.little<uint32_t>("size"), count = reader.little<uint32_t>("count");
  if (!count || *version != 1 || *type != 2 || *size != reader.remaining() || *count == 0 || *count > 16)
    return std::optional<Parts>{};
  std::vector<uint32_t> offsets;
  for (uint32_t i = 0; i < *count; ++i) offsets.push_back(TRY(reader.little<uint32_t>("offset")));
  const ByteView data = reader.rest();
  offsets.push_back(static_cast<uint32_t>(data.size()));
  Parts parts;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    if (offsets[i] > offsets[i + 1] || offsets[i + 1] > data.size())
      return malformed("the offsets of Open Enclave's endorsements do not rise");
    const ByteView part = data.subspan(offsets[i], offsets[i + 1] - offsets[i]);
    // The first is a number, the last a time.
    if (part.size() > 64) parts.push_back(out_of_base64(without_end(part)));
  }
  return std::optional(std::move(parts));
}

// sgx_ql_qve_collateral_t as it stood in memory (sgx_ql_lib_common.h): version, TEE type, and seven pairs of
// a pointer, which means nothing here, and a size; then what they pointed to, in the same order.
Result<std::optional<Parts>> parts_of_structure(ByteView content) {
  ByteReader reader(content);
  const auto version = reader.little<uint32_t>("version"), type = reader.little<uint32_t>("TEE type");
  if (!type || (*version & 0xffff) < 1 || (*version & 0xffff) > 4 || (*type != 0 && *type != 0x81))
    return std::optional<Parts>{};
  std::vector<uint32_t> sizes;
  uint64_t total = 0;
  for (int i = 0; i < 7; ++i) {
    const auto pointer = reader.little<uint64_t>("pointer");
    const auto size = reader.little<uint32_t>("size");
    const auto padding = reader.little<uint32_t>("padding");
    if (!pointer || !size || !padding || *padding != 0) return std::optional<Parts>{};
    sizes.push_back(*size);
    total += *size;
  }
  if (total == 0 || total != reader.remaining()) return std::optional<Parts>{};
  Parts parts;
  for (const uint32_t size : sizes)
    if (const ByteView part = TRY(reader.bytes(size, "part")); !part.empty())
      parts.push_back(out_of_base64(without_end(part)));
  return std::optional(std::move(parts));
}

}  // namespace

Result<std::optional<std::vector<Bytes>>> parts_of_bundle(ByteView content) {
  const std::string_view text = as_text(content);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return std::optional<Parts>{};
  if (text[begin] == '{') {
    const auto object = parse_json(content);
    return object && object->is_object() ? parts_of_object(*object)
                                         : Result<std::optional<Parts>>(std::nullopt);
  }
  if (text.starts_with("tcb_info_issuer_chain:") ||
      text.find("\ntcb_info_issuer_chain:") != std::string_view::npos)
    return parts_of_object(TRY(read_yaml(text)));
  if (auto parts = TRY(parts_of_open_enclave(content))) return std::optional(std::move(*parts));
  return parts_of_structure(content);
}

}  // namespace strongroom::attest
