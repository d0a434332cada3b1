#include "attest/command/verify_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"

namespace strongroom::attest {
namespace {

class Command : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("strongroom_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name, std::string_view content) {
    const auto path = directory_ / name;
    EXPECT_TRUE(write_file(path, as_bytes(content)));
    return path;
  }
  template <typename T>
  int go(const T& command) {
    out_.str("");
    err_.str("");
    return run(command, out_, err_);
  }

  std::filesystem::path directory_;
  std::ostringstream out_, err_;
};

TEST_F(Command, GarbageIsMalformedAndTheJsonHasItsContract) {
  VerifyCommand command;
  command.evidence = file("garbage", "no evidence at all");
  command.json = true;
  EXPECT_EQ(go(command), kExitMalformed);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["verdict"], "malformed");
  EXPECT_EQ(json["authentic"], false);
  EXPECT_EQ(json["format"], "");
  EXPECT_EQ(json["tcb_status"], "");
  EXPECT_TRUE(json["advisories"].is_array());
  EXPECT_TRUE(json["claims"].is_object());
  EXPECT_EQ(json["findings"][0]["check"], "form");
  EXPECT_EQ(json["findings"][0]["outcome"], "failed");
  EXPECT_FALSE(json["findings"][0]["why"].get<std::string>().empty());
}

TEST_F(Command, WhatCannotBeCarriedOutSaysWhy) {
  VerifyCommand command;
  command.evidence = directory_ / "not_there";
  EXPECT_EQ(go(command), kExitNotRun);
  EXPECT_NE(err_.str().find("not_there"), std::string::npos);
  command.evidence = file("garbage", "x");
  command.time = "yesterday";
  EXPECT_EQ(go(command), kExitNotRun);
  EXPECT_NE(err_.str().find("--time"), std::string::npos);
  command.time = "2026-01-31T12:00:00Z";
  command.nonce = "0g";
  EXPECT_EQ(go(command), kExitNotRun);
  EXPECT_NE(err_.str().find("--nonce"), std::string::npos);
}

TEST_F(Command, DamagedCollateralIsPassedOverAndNamed) {
  VerifyCommand command;
  command.evidence = file("garbage", "x");
  command.collateral = {file("broken.json", R"({"tcbInfo":{},"signature":""})")};
  command.json = true;
  EXPECT_EQ(go(command), kExitMalformed);
  EXPECT_NE(out_.str().find("broken.json"), std::string::npos);
}

TEST_F(Command, PolicyErrorsNameTheLine) {
  PolicyCommand command;
  command.policy = file("policy.toml", "version = 1\n[[allow]]\ntee = [\"sgx\"]\nmesurement = [\"00\"]\n");
  EXPECT_EQ(go(command), kExitNotRun);
  EXPECT_NE(err_.str().find("policy.toml:4"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("mesurement"), std::string::npos);
}

TEST_F(Command, PolicyExplainsItself) {
  PolicyCommand command;
  command.explain = true;
  command.policy = file(
      "policy.toml", "version = 1\n[[allow]]\nname = \"dev\"\ntee = [\"tdx\"]\ninsecure_any_code = true\n");
  EXPECT_EQ(go(command), 0) << err_.str();
  EXPECT_NE(out_.str().find("the TEE is tdx"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("insecure_any_code"), std::string::npos) << out_.str();
}

}  // namespace
}  // namespace strongroom::attest
