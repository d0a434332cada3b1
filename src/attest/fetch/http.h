// GET over HTTP and HTTPS by libcurl, within bounds.
#pragma once

#include <map>
#include <string>

#include "base/bytes.h"

namespace strongroom::attest::fetch {

struct HttpResponse {
  long status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of each
  Bytes body;
};

// Certificates of servers are checked against the system's roots. At most 3 redirects, to HTTPS alone where
// the first request was; 16 MiB; 30 seconds. `etag` goes out as If-None-Match where it is not empty.
// kUnavailable where the server cannot be reached; an HTTP error is a response. Safe from several threads at
// once.
Result<HttpResponse> http_get(const std::string& url, const std::string& etag);

}  // namespace strongroom::attest::fetch
