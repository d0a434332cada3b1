#include "attest/fetch/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace strongroom::attest::fetch {
namespace {

constexpr size_t kMaximumBody = size_t{16} << 20;
constexpr size_t kMaximumHeaders = 256;
constexpr long kTimeoutSeconds = 30, kConnectSeconds = 10;

struct Cleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t take_body(char* data, size_t, size_t size, void* to) {
  Bytes& body = *static_cast<Bytes*>(to);
  if (size > kMaximumBody - body.size()) return 0;  // curl ends with CURLE_WRITE_ERROR
  body.insert(body.end(), data, data + size);
  return size;
}

size_t take_header(char* data, size_t, size_t size, void* to) {
  auto& headers = *static_cast<std::map<std::string, std::string>*>(to);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) headers.clear();  // of the redirect before
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() == kMaximumHeaders) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string_view value = line.substr(colon + 1);
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!value.empty() && blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && blank(value.back())) value.remove_suffix(1);
  headers[std::move(name)] = value;
  return size;
}

}  // namespace

Result<HttpResponse> http_get(const std::string& url, const std::string& etag) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, Cleanup> curl(kStarted == CURLE_OK ? curl_easy_init() : nullptr);
  if (curl == nullptr) return fail(ErrorCode::kUnavailable, "libcurl cannot be started");
  HttpResponse response;
  char reason[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, Cleanup> headers;
  if (!etag.empty()) headers.reset(curl_slist_append(nullptr, ("If-None-Match: " + etag).c_str()));
  CURL* const handle = curl.get();
  const bool secure = url.starts_with("https:");
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 3L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "strongroom");
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &response.headers);
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: {}", url, reason[0] != '\0' ? reason : curl_easy_strerror(code)));
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response.status);
  return response;
}

}  // namespace strongroom::attest::fetch
