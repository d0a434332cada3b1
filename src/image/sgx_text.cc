#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "image/sgx_file.h"

namespace strongroom::image {
namespace {

template <typename... Arguments>
void line(std::string& out, std::string_view name, fmt::format_string<Arguments...> format,
          Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), "{:<18}", name);
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
  out += '\n';
}

std::string signature_state(const SgxReport& report) {
  if (!report.sigstruct) return "none found";
  return report.fault ? fmt::format("does not hold: {}", arch::to_string(*report.fault)) : "holds";
}

std::string measurement_state(const SgxReport& report) {
  const auto matches = report.measurement_matches();
  if (!matches) return report.contents ? "unsigned" : report.not_measured;
  return *matches ? "recomputed, and as signed" : "recomputed, and NOT as signed";
}

void put_contents(std::string& out, const SgxContents& contents) {
  line(out, "enclave size", "{:#x}", contents.enclave_size);
  line(out, "SSA frame pages", "{}", contents.ssa_frame_pages);
  line(out, "pages", "{} ({} TCS)", contents.pages, contents.tcs_pages);
  line(out, "measured bytes", "{} (and {} not)", contents.measured_bytes, contents.unmeasured_bytes);
  line(out, "MRENCLAVE", "{}", to_hex(contents.measurement));
}

void put_sigstruct(std::string& out, const arch::Sigstruct& sigstruct) {
  line(out, "signed MRENCLAVE", "{}", to_hex(sigstruct.enclave_hash));
  line(out, "MRSIGNER", "{}", to_hex(arch::signer_identity(sigstruct)));
  line(out, "product id, SVN", "{}, {}", sigstruct.isv_prod_id, sigstruct.isv_svn);
  line(out, "attributes", "{:#x}, mask {:#x}", sigstruct.attributes.flags, sigstruct.attribute_mask.flags);
  line(out, "XFRM", "{:#x}, mask {:#x}", sigstruct.attributes.xfrm, sigstruct.attribute_mask.xfrm);
  line(out, "MISCSELECT", "{:#x}, mask {:#x}", sigstruct.misc_select, sigstruct.misc_mask);
  if ((sigstruct.attributes.flags & arch::kAttributeKss) != 0) {
    line(out, "ISVFAMILYID", "{}", to_hex(sigstruct.isv_family_id));
    line(out, "ISVEXTPRODID", "{}", to_hex(sigstruct.isv_ext_prod_id));
  }
  line(out, "debug launches", "{}", arch::permits_debug(sigstruct) ? "permitted" : "not permitted");
  line(out, "vendor, date", "{:#x}, {:08x}", sigstruct.vendor, sigstruct.date);
}

}  // namespace

std::string to_text(const SgxReport& report) {
  std::string out;
  line(out, "kind", "{}", to_string(report.kind));
  if (report.contents) put_contents(out, *report.contents);
  if (report.sigstruct) put_sigstruct(out, *report.sigstruct);
  line(out, "signature", "{}", signature_state(report));
  line(out, "measurement", "{}", measurement_state(report));
  return out;
}

std::string to_json(const SgxReport& report) {
  nlohmann::json out = {{"kind", to_string(report.kind)},
                        {"signature", signature_state(report)},
                        {"signature_valid", report.sigstruct && !report.fault},
                        {"holds", report.holds()}};
  const auto matches = report.measurement_matches();
  out["measurement_matches"] = matches ? nlohmann::json(*matches) : nlohmann::json(nullptr);
  if (!report.not_measured.empty()) out["not_measured"] = report.not_measured;
  if (report.contents) {
    out["mrenclave"] = to_hex(report.contents->measurement);
    out["enclave_size"] = report.contents->enclave_size;
    out["pages"] = report.contents->pages;
  }
  if (report.sigstruct) {
    const arch::Sigstruct& sigstruct = *report.sigstruct;
    out["signed_mrenclave"] = to_hex(sigstruct.enclave_hash);
    out["mrsigner"] = to_hex(arch::signer_identity(sigstruct));
    out["product_id"] = sigstruct.isv_prod_id;
    out["svn"] = sigstruct.isv_svn;
    out["isv_family_id"] = to_hex(sigstruct.isv_family_id);
    out["isv_ext_prod_id"] = to_hex(sigstruct.isv_ext_prod_id);
    out["debug"] = arch::permits_debug(sigstruct);
  }
  return out.dump(2) + "\n";
}

}  // namespace strongroom::image
