// The HTTP server of `strongroom explore`: the page, its examples and POST /api/verify, on the loopback
// address alone.
//
// Other programs of this machine can reach the port, and pages of the web can make a browser send to it. So:
// requests are answered only under the names 127.0.0.1:PORT and localhost:PORT (against rebinding of DNS
// names); what has an Origin must have this one; no CORS header is ever sent; what verifies or lists needs
// the session's random token, which stands in the fragment of the address that is printed, and so is in no
// request line; the page runs under a Content-Security-Policy that allows its own files alone; bodies are
// bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "strongroom/result.h"

namespace strongroom::attest::explore {

class Server {
 public:
  // Binds; port 0 takes one that is free. `session` is what GET /api/session answers: a JSON text of the form
  // of an example, or "null".
  static Result<std::unique_ptr<Server>> open(uint16_t port, std::string session);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] uint16_t port() const;
  // "http://127.0.0.1:PORT/#TOKEN"
  [[nodiscard]] std::string address() const;
  // Serves until stop(), which any thread may call.
  Result<void> serve();
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace strongroom::attest::explore
