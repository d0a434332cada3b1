// Where the collateral of a piece of evidence is published.
//   Intel: PCS API version 4 (https://api.portal.trustedservices.intel.com), which PCCS serves under the same
//   paths. AMD: VCEK Certificate and KDS Interface Specification (57230), chapter 4.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest::fetch {

struct Servers {
  std::string pcs = "https://api.trustedservices.intel.com";  // or a PCCS
  bool is_pccs =
      false;  // it serves the root's revocation list and PCK certificates, which Intel does elsewhere
  std::string kds = "https://kdsintf.amd.com";
};

struct Source {
  std::string file;  // its name in the cache
  std::string url;
  std::string chain_header;         // the response header that holds a chain, percent-encoded; empty: none
  std::vector<std::string> others;  // URLs to try where this one has nothing
};

struct Sources {
  std::vector<Source> sources;
  std::vector<std::string> notes;  // what cannot be fetched, and why
};

// kMalformed where the bytes are evidence of no kind that has collateral to be fetched, and say so.
Result<Sources> sources_of(ByteView evidence, const Servers& servers);

}  // namespace strongroom::attest::fetch
