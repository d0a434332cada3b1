// What an image is: identity, layout, permissions, manifest, and what weakens or traps. For people and, as
// JSON, for programs.
#pragma once

#include "image/manifest.h"
#include "image/sites.h"

namespace strongroom::image {

struct InspectReport {
  std::string name;
  std::string mrenclave;                       // hexadecimal
  std::optional<std::string> mrsigner;         // nothing while unsigned or where the signature does not hold
  std::optional<std::string> signature_fault;  // why the signature does not hold; nothing where it does
  bool is_signed = false;                      // there is a SIGSTRUCT, good or bad
  uint16_t product_id = 0;                     // of SIGSTRUCT where it is good, else of the manifest
  uint16_t svn = 0;
  bool debug = false;
  std::vector<std::pair<std::string, std::string>> insecure;  // keys with their TOML values
  arch::ImageHeader header{};
  struct Segment {
    std::string section;  // of the image file, for instance ".program.text"
    uint64_t offset;
    uint64_t memory_size;
    uint64_t file_size;
    std::string permissions;  // "r-x"; "tcs" for TCS pages
    bool measured;
  };
  std::vector<Segment> segments;
  SiteReport sites;
  std::string manifest;  // canonical TOML
};

Result<InspectReport> inspect(const ImageView& image);

// JSON, indented by two, keys sorted. The keys `mrenclave`, `mrsigner` (null while unsigned), `product_id`,
// `svn`, `debug`, `insecure` (a list of {key, value}) and `sites` are a contract:
// `sites.syscall` = {total, rewritten, trapping: [site]}, and each other instruction by name = [site], where
// site = {offset, function, function_offset, certain}.
// With `in_sgx` also `sgx` = {served, depends, illegal}: the sites again, by what becomes of them in SGX
// (sgx_effect.h), each an object {instruction: [site]}.
std::string to_json(const InspectReport& report, bool in_sgx = false);

// For a terminal.
std::string to_text(const InspectReport& report, bool in_sgx = false);

}  // namespace strongroom::image
