#include "attest/explore/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include "attest/explore/assets.h"
#include "attest/explore/service.h"
#include "base/encoding.h"
#include "crypto/random.h"

namespace strongroom::attest::explore {
namespace {

constexpr size_t kMaximumBody = size_t{48} << 20;  // 16 MiB of evidence and as much collateral, in base64
constexpr size_t kThreads = 4;
constexpr char kTokenHeader[] = "X-Strongroom-Token";

const httplib::Headers kHeaders = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

const char* type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/json";
}

// Takes the same time wherever the texts differ.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

void refuse(httplib::Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(why + "\n", "text/plain; charset=utf-8");
}

}  // namespace

struct Server::State {
  httplib::Server http;
  int port = 0;
  std::string token, session;

  [[nodiscard]] bool own_name(const std::string& host) const {
    return host == fmt::format("127.0.0.1:{}", port) || host == fmt::format("localhost:{}", port);
  }

  // Whether the request may come in at all; answers it where not.
  bool admit(const httplib::Request& request, httplib::Response& response) const {
    if (request.get_header_value_count("Host") != 1 || !own_name(request.get_header_value("Host"))) {
      refuse(response, 421, "this server answers to 127.0.0.1 alone");
      return false;
    }
    if (request.has_header("Origin") &&
        request.get_header_value("Origin") != "http://" + request.get_header_value("Host")) {
      refuse(response, 403, "another site's page may not ask this server");
      return false;
    }
    if (request.path.starts_with("/api/") && !same_secret(request.get_header_value(kTokenHeader), token)) {
      refuse(response, 403,
             "the session's token is missing; use the address that strongroom explore printed");
      return false;
    }
    return true;
  }

  void post(const char* path, Result<std::string> (*serve)(std::string_view)) {
    http.Post(path, [serve](const httplib::Request& request, httplib::Response& response) {
      if (request.get_header_value("Content-Type") != "application/json")
        return refuse(response, 415, "the request must be application/json");
      const auto answer = serve(request.body);
      if (!answer) return refuse(response, 400, answer.error().message);
      response.set_content(*answer, "application/json");
    });
  }

  void route() {
    // httplib's own choice, SO_REUSEPORT, would let another program take the port, too.
    http.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http.set_payload_max_length(kMaximumBody);
    http.set_read_timeout(std::chrono::seconds(20));
    http.set_keep_alive_max_count(1000);
    http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    http.set_default_headers(kHeaders);
    http.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      return admit(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                      : httplib::Server::HandlerResponse::Handled;
    });
    for (const Asset& asset : assets()) {
      const bool example = asset.name.starts_with("examples/");
      const std::string path =
          asset.name == "index.html" ? "/" : fmt::format("/{}{}", example ? "api/" : "", asset.name);
      http.Get(path, [&asset](const httplib::Request&, httplib::Response& response) {
        response.set_content(asset.content.data(), asset.content.size(), type_of(asset.name));
      });
    }
    http.Get("/api/session", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(session, "application/json");
    });
    post("/api/verify", verify_request);
    post("/api/recognise", recognise_request);
    http.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          refuse(response, 500, "the request could not be carried out");
        });
  }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(uint16_t port, std::string session) {
  auto state = std::make_unique<State>();
  state->token = to_hex(TRY(crypto::random_array<16>()));
  state->session = std::move(session);
  state->route();
  if (port == 0) {
    state->port = state->http.bind_to_any_port("127.0.0.1");
  } else if (state->http.bind_to_port("127.0.0.1", port)) {
    state->port = port;
  } else {
    state->port = -1;
  }
  if (state->port <= 0)
    return fail(ErrorCode::kUnavailable,
                port == 0
                    ? "no port of 127.0.0.1 can be bound"
                    : fmt::format("port {} of 127.0.0.1 cannot be bound; choose another with --port", port));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const {
  return static_cast<uint16_t>(state_->port);
}

std::string Server::address() const {
  return fmt::format("http://127.0.0.1:{}/#{}", state_->port, state_->token);
}

Result<void> Server::serve() {
  if (state_->http.listen_after_bind()) return {};
  return fail(ErrorCode::kUnavailable, "the server ended");
}

void Server::stop() {
  state_->http.stop();
}

}  // namespace strongroom::attest::explore
