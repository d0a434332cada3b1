#include "attest/fetch/cache.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/collateral.h"
#include "attest/fetch/http.h"
#include "attest/json.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::attest::fetch {
namespace {

using Json = nlohmann::json;

constexpr char kMemory[] = "fetched.json";

// What is remembered of each file: {"url", "etag", "fetched": seconds}.
Json read_memory(const std::filesystem::path& directory) {
  const auto content = read_file(directory / kMemory, size_t{1} << 20);
  if (!content) return Json::object();
  auto memory = parse_json(*content);
  // Losing it costs requests, nothing else.
  return memory && memory->is_object() ? std::move(*memory) : Json::object();
}

std::string from_percent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? from_hex(text.substr(i + 1, 2)) : Bytes{};
    if (byte && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string chain_file(const std::string& file) {
  return file + ".chain.pem";
}

// A document with the number by which the newer of two is told: none for others.
std::optional<std::pair<uint32_t, Time>> age_of(ByteView content) {
  Collateral collateral;
  if (!collateral.add(content, "")) return std::nullopt;
  const CollateralContents& contents = collateral.contents();
  if (!contents.tcb_infos.empty())
    return std::pair{contents.tcb_infos[0].evaluation_number, contents.tcb_infos[0].validity.from};
  if (!contents.enclave_identities.empty())
    return std::pair{contents.enclave_identities[0].evaluation_number,
                     contents.enclave_identities[0].validity.from};
  if (!contents.revocation_lists.empty()) return std::pair{0U, contents.revocation_lists[0].validity().from};
  return std::nullopt;
}

class Filler {
 public:
  Filler(const std::filesystem::path& directory, const FetchOptions& options)
      : directory_(directory), options_(options), memory_(read_memory(directory)) {}

  FetchReport fill(const Source& source) {
    const auto old = read_file(directory_ / source.file, size_t{64} << 20);
    const bool usable =
        old && inspect_content(source.file, *old, options_.now).standing == Standing::kCurrent;
    if (usable && young(source)) return {source.file, Fetched::kCurrent, "fetched less than a day ago"};
    FetchReport report = ask(source, source.url, old && usable ? etag(source) : "", old ? &*old : nullptr);
    for (const std::string& other : source.others)
      if (report.outcome == Fetched::kFailed) report = ask(source, other, "", old ? &*old : nullptr);
    if (report.outcome == Fetched::kFailed && usable) report.why += "; the one at hand is still valid";
    return report;
  }

  Result<void> remember() { return write_file(directory_ / kMemory, as_bytes(memory_.dump(1) + "\n")); }

 private:
  [[nodiscard]] const Json* memory_of(const Source& source) const {
    const auto found = memory_.find(source.file);
    return found != memory_.end() && found->is_object() ? &*found : nullptr;
  }
  [[nodiscard]] bool young(const Source& source) const {
    const Json* memory = memory_of(source);
    if (memory == nullptr) return false;
    const auto fetched = json_unsigned(*memory, "fetched", INT64_MAX);
    const int64_t now = options_.now.time_since_epoch().count();
    return fetched && static_cast<int64_t>(*fetched) <= now &&
           now - static_cast<int64_t>(*fetched) < options_.maximum_age.count();
  }
  [[nodiscard]] std::string etag(const Source& source) const {
    const Json* memory = memory_of(source);
    if (memory == nullptr || json_text(*memory, "url").value_or("") != source.url) return "";
    return json_text(*memory, "etag").value_or("");
  }

  FetchReport ask(const Source& source, const std::string& url, const std::string& etag, const Bytes* old) {
    const auto failed = [&](std::string why) {
      return FetchReport{source.file, Fetched::kFailed, std::move(why)};
    };
    const auto response = http_get(url, etag);
    if (!response) return failed(response.error().message);
    if (response->status == 304 && !etag.empty()) {
      memory_[source.file]["fetched"] = options_.now.time_since_epoch().count();
      return {source.file, Fetched::kUnchanged, "the server has no newer one"};
    }
    if (response->status != 200) return failed(fmt::format("{}: HTTP status {}", url, response->status));
    const FileState state = inspect_content(source.file, response->body, options_.now);
    if (state.standing == Standing::kDamaged || state.standing == Standing::kUnknown)
      return failed(fmt::format("{}: {}", url, state.about));
    if (old != nullptr)
      if (const auto before = age_of(*old), after = age_of(response->body);
          before && (!after || *after < *before))
        return failed(fmt::format("{}: it is older than the one at hand, which stays", url));
    return write(source, url, *response, state);
  }

  FetchReport write(const Source& source, const std::string& url, const HttpResponse& response,
                    const FileState& state) {
    // The chain first: a document without it could not be verified.
    if (const auto header = response.headers.find(source.chain_header);
        !source.chain_header.empty() && header != response.headers.end()) {
      const std::string chain = from_percent(header->second);
      const std::string name = chain_file(source.file);
      const FileState standing = inspect_content(name, as_bytes(chain), options_.now);
      if (standing.standing == Standing::kDamaged || standing.standing == Standing::kUnknown)
        return {source.file, Fetched::kFailed,
                fmt::format("{}: header {}: {}", url, source.chain_header, standing.about)};
      if (const auto written = write_file(directory_ / name, as_bytes(chain)); !written)
        return {source.file, Fetched::kFailed, written.error().message};
    }
    if (const auto written = write_file(directory_ / source.file, response.body); !written)
      return {source.file, Fetched::kFailed, written.error().message};
    const auto tag = response.headers.find("etag");
    memory_[source.file] = {{"url", url},
                            {"etag", tag == response.headers.end() ? "" : tag->second},
                            {"fetched", options_.now.time_since_epoch().count()}};
    return {source.file, Fetched::kNew, state.about};
  }

  const std::filesystem::path& directory_;
  const FetchOptions& options_;
  Json memory_;
};

}  // namespace

Result<std::vector<FetchReport>> fill(const std::filesystem::path& directory,
                                      const std::vector<Source>& sources, const FetchOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    return fail(ErrorCode::kPermissionDenied,
                fmt::format("cannot make {}: {}", directory.string(), error.message()));
  Filler filler(directory, options);
  std::vector<FetchReport> reports;
  for (const Source& source : sources) reports.push_back(filler.fill(source));
  TRY(filler.remember());
  return reports;
}

}  // namespace strongroom::attest::fetch
