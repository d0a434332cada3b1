#include "attest/corim/corim.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::attest {
namespace {

using crypto::Time;

// Tags of section 6.3.
constexpr uint64_t kTagTime = 1, kTagUuid = 37, kTagOid = 111, kTagEither = 500, kTagUnsigned = 501,
                   kTagSigned = 502, kTagComid = 506, kTagMinimumSvn = 553, kTagBytes = 560;
constexpr size_t kMaximumReferences = 4096;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "CoRIM: " + std::move(why));
}

const CborItem& untagged(const CborItem& item, uint64_t tag) {
  return item.type == CborType::kTag && item.number == tag ? item.items[0] : item;
}

Result<const CborItem*> list_of(const CborItem* item, std::string_view what) {
  if (item == nullptr || item->type != CborType::kArray || item->items.empty())
    return malformed(fmt::format("{} is no list", what));
  return item;
}

// An OID's content (X.690, section 8.19) with dots between its numbers; empty where it is none.
std::string oid_text(ByteView content) {
  std::string out;
  uint64_t value = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    if (value >> 57 != 0) return "";
    value = value << 7 | (content[i] & 0x7f);
    if ((content[i] & 0x80) != 0) continue;
    if (out.empty()) {
      const uint64_t first = std::min<uint64_t>(value / 40, 2);
      out = fmt::format("{}.{}", first, value - 40 * first);
    } else {
      out += fmt::format(".{}", value);
    }
    value = 0;
  }
  return !content.empty() && (content.back() & 0x80) == 0 ? out : "";
}

// A name that may be text, number, OID, UUID or bytes.
std::string name_of(const CborItem& item) {
  if (item.type == CborType::kText) return std::string(as_text(item.string()));
  if (item.type == CborType::kUnsigned) return fmt::format("{}", item.number);
  if (item.type == CborType::kTag && item.items[0].type == CborType::kBytes) {
    const ByteView content = item.items[0].string();
    if (item.number == kTagOid) return oid_text(content);
    if (item.number == kTagUuid || item.number == kTagBytes) return to_hex(content);
  }
  return item.type == CborType::kBytes ? to_hex(item.string()) : "";
}

std::string text_of(const CborItem* item) {
  return item != nullptr && item->type == CborType::kText ? std::string(as_text(item->string())) : "";
}

// How long a digest is, by the Named Information registry (RFC 6920) and by COSE (RFC 9054); 0: not known.
size_t digest_size(const CborItem& algorithm) {
  if (algorithm.type == CborType::kText) {
    const std::string_view name = as_text(algorithm.string());
    return name == "sha-256" ? 32 : name == "sha-384" ? 48 : name == "sha-512" ? 64 : 0;
  }
  switch (algorithm.integer().value_or(0)) {
    case 1:
    case -16:
      return 32;
    case 7:
    case -43:
      return 48;
    case 8:
    case -44:
      return 64;
    default:
      return 0;
  }
}

// digests-type: [+ [algorithm, value]], alternatives of one value.
Result<std::vector<Bytes>> read_digests(const CborItem& list) {
  std::vector<Bytes> out;
  for (const CborItem& digest : TRY(list_of(&list, "digests"))->items) {
    if (digest.type != CborType::kArray || digest.items.size() != 2 ||
        digest.items[1].type != CborType::kBytes)
      return malformed("a digest is no pair of algorithm and bytes");
    const size_t size = digest_size(digest.items[0]);
    if (size == 0) continue;
    if (digest.items[1].string().size() != size)
      return malformed("a digest has another length than its algorithm");
    out.push_back(to_bytes(digest.items[1].string()));
  }
  return out;
}

Result<void> read_registers(const CborItem& map, CorimMeasurement& out) {
  if (map.type != CborType::kMap) return malformed("integrity-registers are no map");
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    auto digests = TRY(read_digests(map.items[i + 1]));
    const std::string name = name_of(map.items[i]);
    if (digests.empty()) out.unknown.push_back("register " + name);
    // The number 1 and the text "1" are two keys.
    if (!out.registers.try_emplace(name, std::move(digests)).second)
      return malformed(fmt::format("register {} stands twice", name));
  }
  return {};
}

// measurement-values-map, section 5.1.4.1.4.2.
Result<void> read_values(const CborItem& values, CorimMeasurement& out) {
  if (values.type != CborType::kMap) return malformed("a measurement's values are no map");
  for (size_t i = 0; i + 1 < values.items.size(); i += 2) {
    const CborItem& value = values.items[i + 1];
    switch (values.items[i].integer().value_or(INT64_MIN)) {
      case 1:  // svn
        if (value.type == CborType::kTag && value.number == kTagMinimumSvn &&
            value.items[0].type == CborType::kUnsigned) {
          out.minimum_svn = value.items[0].number;
        } else {
          out.unknown.emplace_back("an exact SVN");
        }
        break;
      case 2:
        out.digests = TRY(read_digests(value));
        if (out.digests.empty()) out.unknown.emplace_back("digests of algorithms that are not known");
        break;
      case 4: {  // raw-value
        const CborItem& raw = untagged(value, kTagBytes);
        if (raw.type == CborType::kBytes && values.find(5) == nullptr) {
          out.raw = to_bytes(raw.string());
        } else {
          out.unknown.emplace_back("a masked raw value");
        }
        break;
      }
      case 11:  // a name is no condition
        break;
      case 14:
        TRY(read_registers(value, out));
        break;
      default:
        out.unknown.push_back("measurement value " + name_of(values.items[i]));
    }
  }
  return {};
}

Result<CorimMeasurement> read_measurement(const CborItem& map) {
  const CborItem* values = map.find(1);
  if (map.type != CborType::kMap || values == nullptr) return malformed("a measurement has no values");
  CorimMeasurement out;
  if (const CborItem* key = map.find(int64_t{0})) {
    out.key = name_of(*key);
    if (out.key.empty()) return malformed("a measurement's key is of no known kind");
  }
  TRY(read_values(*values, out));
  return out;
}

// reference-triple-record, section 5.1.5: [environment, measurements].
Result<CorimReference> read_reference(const CborItem& record) {
  if (record.type != CborType::kArray || record.items.size() < 2 || record.items[0].type != CborType::kMap)
    return malformed("a reference triple is no environment with measurements");
  CorimReference out;
  const CborItem& environment = record.items[0];
  if (const CborItem* type = environment.find(int64_t{0})) {
    if (const CborItem* id = type->find(int64_t{0})) out.class_id = name_of(*id);
    out.vendor = text_of(type->find(1));
    out.model = text_of(type->find(2));
  }
  out.names_instance = environment.find(1) != nullptr || environment.find(2) != nullptr;
  // Early drafts had one measurement where there is a list now.
  if (record.items[1].type == CborType::kMap) {
    out.measurements.push_back(TRY(read_measurement(record.items[1])));
    return out;
  }
  for (const CborItem& measurement :
       TRY(list_of(&record.items[1], "a reference triple's measurements"))->items)
    out.measurements.push_back(TRY(read_measurement(measurement)));
  return out;
}

Result<void> read_comid(ByteView bytes, Corim& out) {
  const CborItem comid = TRY_IN("CoMID", parse_cbor(bytes));
  const CborItem* triples = comid.find(4);
  if (triples == nullptr || triples->type != CborType::kMap) return malformed("a CoMID has no triples");
  const CborItem* references = triples->find(int64_t{0});
  out.passed_over += triples->items.size() / 2 - (references == nullptr ? 0 : 1);
  if (references == nullptr) return {};
  for (const CborItem& record : TRY(list_of(references, "reference-triples"))->items) {
    if (out.references.size() == kMaximumReferences) return malformed("too many reference triples");
    out.references.push_back(TRY(read_reference(record)));
  }
  return {};
}

Result<std::optional<Time>> read_time(const CborItem* item) {
  if (item == nullptr) return std::nullopt;
  const auto seconds = untagged(*item, kTagTime).integer();
  if (!seconds || *seconds < 0 || *seconds > int64_t{1} << 40)
    return malformed("a time is no number of seconds");
  return Time(std::chrono::seconds(*seconds));
}

// corim-map, section 4.1.
Result<void> read_map(const CborItem& map, Corim& out) {
  const CborItem* id = map.find(int64_t{0});
  if (map.type != CborType::kMap || id == nullptr) return malformed("the bytes are no CoRIM");
  out.id = name_of(*id);
  if (const CborItem* profile = map.find(3))
    out.profile =
        name_of(profile->type == CborType::kTag && profile->number == 32 ? profile->items[0] : *profile);
  if (const CborItem* validity = map.find(4)) {
    const auto from = TRY(read_time(validity->find(int64_t{0})));
    const auto until = TRY(read_time(validity->find(1)));
    if (!until) return malformed("its validity has no end");
    out.validity = crypto::Period{from.value_or(Time{}), *until};
  }
  for (const CborItem& tag : TRY(list_of(map.find(1), "tags"))->items) {
    if (tag.type != CborType::kTag || tag.number != kTagComid) {
      ++out.passed_over;
    } else if (tag.items[0].type != CborType::kBytes) {
      return malformed("a CoMID is no byte string");
    } else {
      TRY(read_comid(tag.items[0].string(), out));
    }
  }
  return {};
}

}  // namespace

Result<Corim> parse_corim(ByteView bytes) {
  if (bytes.size() > size_t{1} << 24) return malformed("larger than 16 MiB");
  const CborItem document = TRY_IN("CoRIM", parse_cbor(bytes));
  const CborItem& inner = untagged(untagged(document, kTagEither), kTagSigned);
  Corim out;
  const bool is_signed =
      inner.type == CborType::kArray || (inner.type == CborType::kTag && inner.number == 18);
  if (!is_signed) {
    TRY(read_map(untagged(inner, kTagUnsigned), out));
    return out;
  }
  out.envelope = TRY_IN("CoRIM", parse_cose_sign1(inner.raw));
  const CborItem payload = TRY_IN("CoRIM: payload", parse_cbor(out.envelope->payload));
  TRY(read_map(untagged(untagged(payload, kTagEither), kTagUnsigned), out));
  return out;
}

}  // namespace strongroom::attest
