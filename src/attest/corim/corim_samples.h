// CoRIMs for tests and seeds, written by hand. Test code only.
#pragma once

#include <string>
#include <vector>

#include "base/cbor_writer.h"

namespace strongroom::attest::corim_samples {

inline Bytes digest(int64_t algorithm, ByteView value) {
  return cbor::array({cbor::number(algorithm), cbor::bytes(value)});
}
inline Bytes oid(ByteView content) {
  return cbor::tag(111, cbor::bytes(content));
}
// 1.3.6.1.4.1.3704.3.1
inline Bytes amd_class() {
  return oid(Bytes{0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x03, 0x01});
}
// A measurement-map; an empty key is left out.
inline Bytes measurement(Bytes key, const cbor::Map& values) {
  cbor::Map map;
  if (!key.empty()) map.set(0, std::move(key));
  return map.set(1, values.encode()).encode();
}
inline Bytes digests(int64_t algorithm, ByteView value) {
  return cbor::array({digest(algorithm, value)});
}
// environment-map of a class.
inline Bytes environment(Bytes class_id, std::string_view vendor) {
  cbor::Map type;
  if (!class_id.empty()) type.set(0, std::move(class_id));
  if (!vendor.empty()) type.set(1, cbor::text(vendor));
  return cbor::Map().set(0, type.encode()).encode();
}
inline Bytes reference(const Bytes& environment, const std::vector<Bytes>& measurements) {
  return cbor::array({environment, cbor::array(measurements)});
}
// A tagged CoRIM of one CoMID with these reference triples; `until`: seconds, 0: without validity.
inline Bytes corim(const std::vector<Bytes>& references, int64_t until = 0) {
  const Bytes triples = cbor::Map().set(0, cbor::array(references)).encode();
  const Bytes comid =
      cbor::Map().set(1, cbor::Map().set(0, cbor::text("tag")).encode()).set(4, triples).encode();
  cbor::Map map;
  map.set(0, cbor::text("vendor release 7")).set(1, cbor::array({cbor::tag(506, cbor::bytes(comid))}));
  if (until != 0) map.set(4, cbor::Map().set(1, cbor::tag(1, cbor::number(until))).encode());
  return cbor::tag(501, map.encode());
}

// A TDX guest: MRTD, two RTMRs and a minimum SVN.
inline Bytes tdx() {
  const Bytes registers =
      cbor::Map().set(0, digests(7, Bytes(48, 0xa0))).set(1, digests(7, Bytes(48, 0xa1))).encode();
  return corim({reference(environment({}, "ACME"),
                          {measurement({}, cbor::Map().set(2, digests(7, Bytes(48, 0x5a)))),
                           measurement({}, cbor::Map().set(14, registers)),
                           measurement({}, cbor::Map().set(1, cbor::tag(553, cbor::number(4))))})});
}

// An SNP guest by AMD's profile.
inline Bytes snp() {
  return corim({reference(
      environment(amd_class(), "ACME \"cloud\""),
      {measurement(cbor::number(1), cbor::Map().set(1, cbor::tag(553, cbor::number(2)))),
       measurement(cbor::number(641), cbor::Map().set(2, digests(7, Bytes(48, 0x5a)))),
       measurement(cbor::number(642), cbor::Map().set(4, cbor::tag(560, cbor::bytes(Bytes(32, 0x40)))))})});
}

}  // namespace strongroom::attest::corim_samples
