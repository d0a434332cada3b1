#include "attest/collateral.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "attest/collateral_bundle.h"
#include "attest/intel/signed_json.h"
#include "attest/wrapping/text.h"
#include "crypto/der.h"
#include "crypto/pem.h"

namespace strongroom::attest {
namespace {

using Kinds = std::vector<CollateralKind>;

std::string_view trimmed(ByteView content) {
  std::string_view text = as_text(content);
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\0'; };
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  return text;
}

Result<Kinds> add_der(ByteView der, CollateralContents& contents) {
  // Several certificates may follow one another.
  std::vector<crypto::Certificate> certificates;
  for (const ByteView element : crypto::split_der(der)) {
    auto certificate = crypto::Certificate::from_der(element);
    if (!certificate) {
      certificates.clear();
      break;
    }
    certificates.push_back(std::move(*certificate));
  }
  if (!certificates.empty()) {
    contents.certificates.insert(contents.certificates.end(), certificates.begin(), certificates.end());
    return Kinds(certificates.size(), CollateralKind::kCertificate);
  }
  if (auto list = crypto::RevocationList::from_der(der)) {
    contents.revocation_lists.push_back(std::move(*list));
    return Kinds{CollateralKind::kRevocationList};
  }
  if (auto key = crypto::PublicKey::from_spki(der)) {
    contents.public_keys.push_back(std::move(*key));
    return Kinds{CollateralKind::kPublicKey};
  }
  return fail(ErrorCode::kNotFound, "neither certificate nor revocation list nor public key");
}

Result<Kinds> add_pem(ByteView text, CollateralContents& contents) {
  Kinds kinds;
  for (const crypto::PemBlock& block : TRY(crypto::read_pem(text, false))) {
    if (block.label == "CERTIFICATE") {
      contents.certificates.push_back(TRY(crypto::Certificate::from_der(block.content)));
      kinds.push_back(CollateralKind::kCertificate);
    } else if (block.label == "X509 CRL") {
      contents.revocation_lists.push_back(TRY(crypto::RevocationList::from_der(block.content)));
      kinds.push_back(CollateralKind::kRevocationList);
    } else if (block.label == "PUBLIC KEY") {
      contents.public_keys.push_back(TRY(crypto::PublicKey::from_spki(block.content)));
      kinds.push_back(CollateralKind::kPublicKey);
    } else {
      return fail(ErrorCode::kMalformed, fmt::format("PEM block {} is no collateral", block.label));
    }
  }
  return kinds;
}

Result<Kinds> add_json(ByteView text, CollateralContents& contents) {
  const std::vector<intel::JsonMember> members = TRY(intel::top_level_members(text));
  const auto has = [&](std::string_view key) {
    return std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.key == key; });
  };
  if (has("tcbInfo") && has("signature")) {
    contents.tcb_infos.push_back(TRY(intel::parse_tcb_info(text)));
    return Kinds{CollateralKind::kIntelTcbInfo};
  }
  if (has("enclaveIdentity") && has("signature")) {
    contents.enclave_identities.push_back(TRY(intel::parse_enclave_identity(text)));
    return Kinds{CollateralKind::kIntelEnclaveIdentity};
  }
  if (has("keys") || has("kty")) {
    contents.shared_secrets = TRY(parse_shared_secrets(text));
    if (has("keys") || contents.shared_secrets.empty()) contents.json_web_keys = TRY(parse_jwks(text));
    return Kinds{CollateralKind::kJsonWebKeys};
  }
  return fail(ErrorCode::kNotFound, "no document of Intel's PCS, no keys");
}

// An uncompressed point of P-256 or P-384 (SEC 1, section 2.3.3), as some platforms' keys are published.
std::optional<crypto::PublicKey> raw_point(ByteView content) {
  if ((content.size() != 65 && content.size() != 97) || content[0] != 0x04) return std::nullopt;
  auto key = crypto::PublicKey::from_point(
      content.size() == 65 ? crypto::KeyType::kP256 : crypto::KeyType::kP384, content.subspan(1));
  return key ? std::optional(std::move(*key)) : std::nullopt;
}

// Test data of some projects begin with lines of comment, whatever follows.
ByteView without_comment(ByteView content) {
  while (!content.empty() && content.front() == '#') {
    const size_t end = as_text(content).find('\n');
    if (end == std::string_view::npos) return content;
    content = content.subspan(end + 1);
  }
  return content;
}

Result<Kinds> recognise_one(ByteView content, const std::string& name, CollateralContents& contents) {
  const std::string_view text = trimmed(content);
  if (text.find("-----BEGIN ") != std::string_view::npos) return add_pem(content, contents);
  if (text.starts_with('{')) {
    auto kinds = add_json(as_bytes(text), contents);
    if (kinds || kinds.error().code != ErrorCode::kNotFound) return kinds;
  } else if (auto key = raw_point(content)) {
    contents.public_keys.push_back(std::move(*key));
    return Kinds{CollateralKind::kPublicKey};
  } else if (!content.empty() && content[0] == 0x30) {
    auto kinds = add_der(content, contents);
    if (kinds) return kinds;
  }
  for (const wrapping::Reading& reading : wrapping::readings(text)) {
    if (reading.bytes[0] == 0x30) {
      auto kinds = add_der(reading.bytes, contents);
      if (kinds) return kinds;
    }
    if (as_text(reading.bytes).starts_with("-----BEGIN ")) return add_pem(reading.bytes, contents);
  }
  contents.documents.push_back({name, to_bytes(content)});
  return Kinds{CollateralKind::kDocument};
}

Result<Kinds> recognise(ByteView given, const std::string& name, CollateralContents& contents) {
  const ByteView content = without_comment(given);
  const auto parts = TRY(parts_of_bundle(content));
  if (!parts) return recognise_one(given, name, contents);
  Kinds kinds;
  for (const Bytes& part : *parts)
    for (const CollateralKind kind : TRY(recognise_one(part, name, contents))) kinds.push_back(kind);
  return kinds;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::string_view to_string(CollateralKind kind) {
  switch (kind) {
    case CollateralKind::kCertificate:
      return "certificate";
    case CollateralKind::kRevocationList:
      return "revocation list";
    case CollateralKind::kPublicKey:
      return "public key";
    case CollateralKind::kIntelTcbInfo:
      return "Intel TCB info";
    case CollateralKind::kIntelEnclaveIdentity:
      return "Intel enclave identity";
    case CollateralKind::kJsonWebKeys:
      return "JSON web keys";
    case CollateralKind::kDocument:
      return "document";
  }
  return "?";
}

Collateral::Collateral() : contents_(std::make_unique<CollateralContents>()) {}
Collateral::Collateral(Collateral&&) noexcept = default;
Collateral& Collateral::operator=(Collateral&&) noexcept = default;
Collateral::~Collateral() = default;

Result<std::vector<CollateralKind>> Collateral::add(ByteView content, std::string name) {
  CollateralContents found;
  Kinds kinds = TRY_IN("collateral " + name, recognise(content, name, found));
  append(contents_->certificates, std::move(found.certificates));
  append(contents_->revocation_lists, std::move(found.revocation_lists));
  append(contents_->public_keys, std::move(found.public_keys));
  append(contents_->json_web_keys, std::move(found.json_web_keys));
  append(contents_->shared_secrets, std::move(found.shared_secrets));
  append(contents_->tcb_infos, std::move(found.tcb_infos));
  append(contents_->enclave_identities, std::move(found.enclave_identities));
  append(contents_->documents, std::move(found.documents));
  return kinds;
}

Collateral join_carried(const Collateral* given, CollateralContents carried) {
  Collateral joined;
  if (given != nullptr) *joined.contents_ = given->contents();
  append(joined.contents_->certificates, std::move(carried.certificates));
  append(joined.contents_->revocation_lists, std::move(carried.revocation_lists));
  append(joined.contents_->tcb_infos, std::move(carried.tcb_infos));
  append(joined.contents_->enclave_identities, std::move(carried.enclave_identities));
  return joined;
}

}  // namespace strongroom::attest
