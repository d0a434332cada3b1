#include "attest/intel/pck.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "crypto/der.h"

namespace strongroom::attest::intel {
namespace {

using crypto::DerElement;
using crypto::DerReader;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "PCK extensions: " + std::move(why));
}

template <size_t N>
Result<std::array<uint8_t, N>> octets(const DerElement& value, std::string_view what) {
  if (value.tag != crypto::kDerOctetString || value.content.size() != N)
    return malformed(fmt::format("{} is no octet string of {} bytes", what, N));
  std::array<uint8_t, N> out;
  std::copy(value.content.begin(), value.content.end(), out.begin());
  return out;
}

Result<uint64_t> number(const DerElement& value, uint8_t tag, uint64_t limit, std::string_view what) {
  if (value.tag != tag) return malformed(fmt::format("{} is no number", what));
  const uint64_t out = TRY(crypto::der_unsigned(value.content, what));
  if (out > limit) return malformed(fmt::format("{} is too large", what));
  return out;
}

Result<bool> boolean(const DerElement& value, std::string_view what) {
  if (value.tag != crypto::kDerBoolean || value.content.size() != 1 ||
      (value.content[0] != 0 && value.content[0] != 0xff))
    return malformed(fmt::format("{} is no boolean", what));
  return value.content[0] != 0;
}

// SEQUENCE OF SEQUENCE { id OBJECT IDENTIFIER, value ANY }; `use` gets the last arc below `prefix`.
Result<void> each_part(ByteView sequence, std::string_view prefix,
                       const std::function<Result<void>(unsigned, const DerElement&)>& use) {
  std::set<unsigned> seen;
  DerReader parts(sequence);
  while (!parts.at_end()) {
    DerReader part(TRY(parts.expect(crypto::kDerSequence, "PCK extension part")));
    const std::string oid = TRY(crypto::der_object_identifier(
        TRY(part.expect(crypto::kDerObjectIdentifier, "PCK extension id")), "PCK extension id"));
    const DerElement value = TRY(part.next("PCK extension value"));
    TRY(part.expect_end("PCK extension part"));
    if (!oid.starts_with(prefix) || oid.size() <= prefix.size() + 1 || oid.size() > prefix.size() + 3)
      continue;
    unsigned arc = 0;
    bool numeric = oid[prefix.size()] == '.';
    for (const char c : oid.substr(prefix.size() + 1)) {
      numeric = numeric && c >= '0' && c <= '9';
      arc = arc * 10 + static_cast<unsigned>(c - '0');
    }
    if (!numeric) continue;
    if (!seen.insert(arc).second) return malformed(fmt::format("part {} occurs twice", oid));
    TRY(use(arc, value));
  }
  return {};
}

}  // namespace

Result<PckExtensions> parse_pck_extensions(ByteView extension) {
  PckExtensions out;
  std::set<unsigned> tcb_parts, parts;
  const auto tcb_part = [&](unsigned arc, const DerElement& value) -> Result<void> {
    tcb_parts.insert(arc);
    if (arc >= 1 && arc <= 16) {
      out.component_svns[arc - 1] =
          static_cast<uint8_t>(TRY(number(value, crypto::kDerInteger, 255, "TCB component")));
    } else if (arc == 17) {
      out.pce_svn = static_cast<uint16_t>(TRY(number(value, crypto::kDerInteger, 65535, "PCESVN")));
    } else if (arc == 18) {
      out.cpu_svn = TRY(octets<16>(value, "CPUSVN"));
    }
    return {};
  };
  const auto configuration_part = [&](unsigned arc, const DerElement& value) -> Result<void> {
    if (arc == 1) out.dynamic_platform = TRY(boolean(value, "Dynamic Platform"));
    if (arc == 2) out.cached_keys = TRY(boolean(value, "Cached Keys"));
    if (arc == 3) out.smt_enabled = TRY(boolean(value, "SMT Enabled"));
    return {};
  };
  const auto part = [&](unsigned arc, const DerElement& value) -> Result<void> {
    parts.insert(arc);
    switch (arc) {
      case 1:
        out.ppid = TRY(octets<16>(value, "PPID"));
        break;
      case 2:
        if (value.tag != crypto::kDerSequence) return malformed("TCB is no sequence");
        return each_part(value.content, "1.2.840.113741.1.13.1.2", tcb_part);
      case 3:
        out.pce_id = TRY(octets<2>(value, "PCE-ID"));
        break;
      case 4:
        out.fmspc = TRY(octets<6>(value, "FMSPC"));
        break;
      case 5:
        out.sgx_type = TRY(number(value, crypto::kDerEnumerated, 255, "SGX type"));
        break;
      case 6:
        out.platform_instance_id = TRY(octets<16>(value, "Platform Instance ID"));
        break;
      case 7:
        if (value.tag != crypto::kDerSequence) return malformed("Configuration is no sequence");
        return each_part(value.content, "1.2.840.113741.1.13.1.7", configuration_part);
      default:
        break;
    }
    return {};
  };
  DerReader outer(extension);
  TRY(each_part(TRY(outer.expect(crypto::kDerSequence, "PCK extensions")), kSgxExtensionsOid, part));
  TRY(outer.expect_end("PCK extensions"));
  for (unsigned arc = 1; arc <= 5; ++arc)
    if (!parts.contains(arc)) return malformed(fmt::format("part {}.{} is missing", kSgxExtensionsOid, arc));
  for (unsigned arc = 1; arc <= 18; ++arc)
    if (!tcb_parts.contains(arc))
      return malformed(fmt::format("part {}.2.{} is missing", kSgxExtensionsOid, arc));
  return out;
}

bool is_pck_certificate(const crypto::Certificate& certificate) {
  return !certificate.is_authority() && certificate.extension(kSgxExtensionsOid).has_value();
}

}  // namespace strongroom::attest::intel
