#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "image/inspect.h"
#include "image/sgx_effect.h"
#include "image/toml_table.h"

namespace strongroom::image {
namespace {

using Json = nlohmann::json;

constexpr size_t kSitesInText = 8;  // of each instruction; JSON has all

std::vector<std::pair<std::string_view, arch::ImageRange>> ranges(const arch::ImageHeader& header) {
  return {{"kernel", header.kernel},
          {"boot_data", header.boot_data},
          {"gates", header.gates},
          {"program", header.program},
          {"tcs", header.tcs},
          {"ssa", header.ssa},
          {"kernel_stacks", header.kernel_stacks},
          {"arena", header.arena}};
}

Json site_json(const CodeSite& site) {
  return {{"offset", site.offset},
          {"function", site.function},
          {"function_offset", site.function_offset},
          {"certain", site.certain}};
}

Json sites_json(const std::vector<CodeSite>& sites) {
  Json list = Json::array();
  for (const CodeSite& site : sites) list.push_back(site_json(site));
  return list;
}

Json all_sites_json(const SiteReport& sites) {
  Json all = Json::object();
  all["syscall"] = {{"total", sites.rewritten_syscalls + sites.trapping_syscalls.size()},
                    {"rewritten", sites.rewritten_syscalls},
                    {"trapping", sites_json(sites.trapping_syscalls)}};
  for (const auto& [name, list] : sites.others) all[name] = sites_json(list);
  return all;
}

bool asks_for_notices(const InspectReport& report) {
  return (report.header.flags & arch::kImageAexNotify) != 0;
}

Json sgx_json(const SiteReport& sites, bool aex_notify) {
  Json all = {{"aex_notify", aex_notify},
              {"served", Json::object()},
              {"depends", Json::object()},
              {"illegal", Json::object()}};
  for (const auto& [name, list] : sites_in_sgx(sites))
    all[std::string(to_string(effect_in_sgx(name)))][name] = sites_json(list);
  return all;
}

Json layout_json(const arch::ImageHeader& header) {
  Json layout = {{"enclave_size", header.enclave_size},
                 {"threads", header.thread_count},
                 {"ssa_frames", header.ssa_frames},
                 {"ssa_frame_pages", header.ssa_frame_pages},
                 {"kernel_stack_stride", header.kernel_stack_stride},
                 {"program_entry", header.program_entry},
                 {"heap_limit", header.heap_limit},
                 {"main_stack_size", header.main_stack_size},
                 {"thread_stack_size", header.thread_stack_size}};
  for (const auto& [name, range] : ranges(header))
    layout[std::string(name)] = {{"offset", range.offset}, {"size", range.size}};
  return layout;
}

std::string place(const CodeSite& site) {
  const std::string certainty = site.certain ? "" : " (between functions: may be data)";
  if (site.function.empty()) return fmt::format("{:#x}{}", site.offset, certainty);
  return fmt::format("{:#x} {}+{:#x}{}", site.offset, site.function, site.function_offset, certainty);
}

void put_sites(std::string& out, std::string_view what, const std::vector<CodeSite>& sites) {
  for (size_t i = 0; i < sites.size() && i < kSitesInText; ++i)
    fmt::format_to(std::back_inserter(out), "    {} {}\n", what, place(sites[i]));
  if (sites.size() > kSitesInText)
    fmt::format_to(std::back_inserter(out), "    and {} more (--json shows all)\n",
                   sites.size() - kSitesInText);
}

// Where each instruction stands was said above; what SGX makes of it is said here.
void put_sgx(std::string& out, const SiteReport& sites, bool aex_notify) {
  constexpr std::pair<SgxEffect, std::string_view> kTitles[] = {
      {SgxEffect::kServed, "served by the enclave kernel, each time at the cost of leaving the enclave"},
      {SgxEffect::kDepends, "legal with SGX2, unless the host forbids it"},
      {SgxEffect::kIllegal, "ILLEGAL: the program gets a signal"}};
  const auto in_sgx = sites_in_sgx(sites);
  out += "\nin sgx\n";
  fmt::format_to(std::back_inserter(out), "  interruptions: {}\n",
                 aex_notify ? "noticed (AEX-Notify); it runs only on processors that have it"
                            : "not noticed: the host may single-step (`aex_notify` in [sgx])");
  for (const auto& [effect, title] : kTitles) {
    std::string names;
    size_t doubtful = 0;
    for (const auto& [name, list] : in_sgx) {
      if (effect_in_sgx(name) != effect) continue;
      const auto certain =
          std::count_if(list.begin(), list.end(), [](const CodeSite& site) { return site.certain; });
      if (certain != 0) names += fmt::format("{}{} {}", names.empty() ? "" : ", ", certain, name);
      doubtful += list.size() - static_cast<size_t>(certain);
    }
    fmt::format_to(std::back_inserter(out), "  {}: {}{}\n", title, names.empty() ? "none" : names,
                   doubtful == 0 ? "" : fmt::format(" (and {} between functions: may be data)", doubtful));
  }
}

std::string signature_line(const InspectReport& report) {
  if (!report.is_signed) return "none: the image is unsigned; sign it with `strongroom sign`";
  if (report.signature_fault) return "BAD: " + *report.signature_fault;
  return "good";
}

}  // namespace

std::string to_json(const InspectReport& report, bool in_sgx) {
  Json insecure = Json::array();
  for (const auto& [key, value] : report.insecure) insecure.push_back({{"key", key}, {"value", value}});
  Json segments = Json::array();
  for (const InspectReport::Segment& segment : report.segments)
    segments.push_back({{"section", segment.section},
                        {"offset", segment.offset},
                        {"memory_size", segment.memory_size},
                        {"file_size", segment.file_size},
                        {"permissions", segment.permissions},
                        {"measured", segment.measured}});
  Json json = {{"name", report.name},
               {"mrenclave", report.mrenclave},
               {"mrsigner", nullptr},
               {"signed", report.is_signed},
               {"signature_fault", nullptr},
               {"product_id", report.product_id},
               {"svn", report.svn},
               {"debug", report.debug},
               {"insecure", insecure},
               {"sites", all_sites_json(report.sites)},
               {"rewritten_cpuid", report.sites.rewritten_cpuids},
               {"layout", layout_json(report.header)},
               {"segments", segments},
               {"manifest", report.manifest}};
  if (in_sgx) json["sgx"] = sgx_json(report.sites, asks_for_notices(report));
  if (report.mrsigner) json["mrsigner"] = *report.mrsigner;
  if (report.signature_fault) json["signature_fault"] = *report.signature_fault;
  // Symbols of a hostile image need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_text(const InspectReport& report, bool in_sgx) {
  std::string out;
  const auto put = [&out]<typename... T>(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out), format, std::forward<T>(values)...);
  };
  put("name        {}\nmrenclave   {}\nmrsigner    {}\nsignature   {}\n", report.name, report.mrenclave,
      report.mrsigner.value_or("none"), signature_line(report));
  put("product id  {}\nsvn         {}\ndebug       {}\n", report.product_id, report.svn,
      report.debug ? "YES: not for production" : "no");
  if (report.insecure.empty()) put("insecure    nothing\n");
  for (const auto& [key, value] : report.insecure) put("INSECURE    {} = {}\n", key, value);

  put("\nlayout of {} ({} threads)\n", format_size(report.header.enclave_size), report.header.thread_count);
  for (const auto& [name, range] : ranges(report.header))
    put("  {:<14} {:#12x} + {:#x}\n", name, range.offset, range.size);
  put("\nsegments\n");
  for (const InspectReport::Segment& segment : report.segments)
    put("  {} {:#12x} + {:#10x} {}{}\n", segment.permissions, segment.offset, segment.memory_size,
        segment.section, segment.measured ? "" : " (not measured)");

  const SiteReport& sites = report.sites;
  put("\ninstructions that trap\n  syscall: {} of {} sites rewritten\n", sites.rewritten_syscalls,
      sites.rewritten_syscalls + sites.trapping_syscalls.size());
  put_sites(out, "syscall", sites.trapping_syscalls);
  put("  cpuid, rewritten: {}\n", sites.rewritten_cpuids);
  for (const auto& [name, list] : sites.others) {
    put("  {}: {}\n", name, list.size());
    put_sites(out, name, list);
  }
  if (in_sgx) put_sgx(out, sites, asks_for_notices(report));
  put("\nmanifest\n{}", report.manifest);
  return out;
}

}  // namespace strongroom::image
