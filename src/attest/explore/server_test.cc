#include "attest/explore/server.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

#include "attest/explore/assets.h"

namespace strongroom::attest::explore {
namespace {

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::open(0, "null");
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->serve()); });
    client_ = std::make_unique<httplib::Client>("127.0.0.1", server_->port());
    // Until it serves.
    while (!client_->Get("/")) std::this_thread::yield();
  }
  void TearDown() override {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] httplib::Headers token() const {
    const std::string address = server_->address();
    return {{"X-Strongroom-Token", address.substr(address.find('#') + 1)}};
  }
  int status(const std::string& path, const httplib::Headers& headers) {
    const auto response = client_->Get(path, headers);
    return response ? response->status : -1;
  }
  int post(const std::string& body, const char* type, httplib::Headers headers) {
    const auto response = client_->Post("/api/verify", headers, body, type);
    return response ? response->status : -1;
  }

  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::unique_ptr<httplib::Client> client_;
};

TEST_F(ServerTest, ServesThePageUnderAPolicyOfItsOwnContentAlone) {
  for (const Asset& asset : assets()) {
    if (asset.name.starts_with("examples/")) continue;
    const auto response = client_->Get(asset.name == "index.html" ? "/" : "/" + std::string(asset.name));
    ASSERT_TRUE(response) << asset.name;
    EXPECT_EQ(response->status, 200) << asset.name;
    EXPECT_EQ(response->body, asset.content);
    EXPECT_NE(response->get_header_value("Content-Security-Policy").find("default-src 'none'"),
              std::string::npos);
    EXPECT_EQ(response->get_header_value("X-Content-Type-Options"), "nosniff");
    EXPECT_FALSE(response->has_header("Access-Control-Allow-Origin"));
  }
}

TEST_F(ServerTest, AnswersToItsOwnNameAlone) {
  const std::string port = std::to_string(server_->port());
  EXPECT_EQ(status("/", {{"Host", "localhost:" + port}}), 200);
  EXPECT_EQ(status("/", {{"Host", "rebound.example:" + port}}), 421);
  EXPECT_EQ(status("/", {{"Host", "127.0.0.1"}}), 421);
  EXPECT_EQ(status("/", {{"Host", "127.0.0.1:" + port + ".rebound.example"}}), 421);
}

TEST_F(ServerTest, WantsItsTokenAndItsOwnOriginForEveryAnswer) {
  const std::string own = "http://127.0.0.1:" + std::to_string(server_->port());
  for (const char* path : {"/api/session", "/api/examples/sgx.json"}) {
    EXPECT_EQ(status(path, {}), 403);
    EXPECT_EQ(status(path, {{"X-Strongroom-Token", std::string(32, '0')}}), 403);
    EXPECT_EQ(status(path, token()), 200);
    httplib::Headers headers = token();
    headers.emplace("Origin", own);
    EXPECT_EQ(status(path, headers), 200);
    headers = token();
    headers.emplace("Origin", "https://attacker.example");
    EXPECT_EQ(status(path, headers), 403);
    headers = token();
    headers.emplace("Origin", "null");
    EXPECT_EQ(status(path, headers), 403);
  }
  EXPECT_EQ(post("{}", "application/json", {}), 403);
  const auto preflight = client_->Options("/api/verify", {{"Origin", "https://attacker.example"}});
  ASSERT_TRUE(preflight);
  EXPECT_EQ(preflight->status, 403);
  EXPECT_FALSE(preflight->has_header("Access-Control-Allow-Origin"));
  EXPECT_TRUE(preflight->has_header("Content-Security-Policy"));
}

TEST_F(ServerTest, RefusesBodiesThatAreNotOfItsForm) {
  EXPECT_EQ(post("{}", "text/plain", token()), 415);
  EXPECT_EQ(post("{", "application/json", token()), 400);
  EXPECT_EQ(post("[]", "application/json", token()), 400);
  EXPECT_EQ(post(R"({"evidence":"AAAA","time":"yesterday"})", "application/json", token()), 400);
  EXPECT_EQ(post(R"({"evidence":"AAAA"})", "application/json", token()), 200);
}

TEST_F(ServerTest, RefusesHugeBodiesUnread) {
  httplib::Headers headers = token();
  headers.emplace("Content-Length", "99999999999");
  const auto response = client_->Post("/api/verify", headers, std::string("{}"), "application/json");
  EXPECT_TRUE(!response || response->status == 413) << response->status;
  EXPECT_EQ(status("/", {}), 200);
}

TEST_F(ServerTest, SaysThatAPortIsTaken) {
  const auto second = Server::open(server_->port(), "null");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("--port"), std::string::npos);
}

TEST(Assets, HaveNoContentFromElsewhere) {
  for (const Asset& asset : assets()) {
    if (asset.name.starts_with("examples/")) continue;
    std::string content(asset.content);
    for (size_t at; (at = content.find("http://www.w3.org/2000/svg")) != std::string::npos;)
      content.erase(at, 26);
    for (const char* foreign : {"http:", "https:", "url(", "@import", "innerHTML", "eval("})
      EXPECT_EQ(content.find(foreign), std::string::npos) << asset.name << ": " << foreign;
  }
}

}  // namespace
}  // namespace strongroom::attest::explore
