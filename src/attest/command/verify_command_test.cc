#include "attest/command/verify_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "attest/rfc3339.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/nitro_world.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::attest {
namespace {

class Command : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("strongroom_{}_{}",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name(), ::getpid());
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

// The contract: codes in the order of the verdicts.
TEST_F(Command, EachVerdictHasItsExitCode) {
  const auto judged = [&](const testing::NitroSpec& spec) {
    const auto nitro = build(spec);
    VerifyCommand command;
    command.evidence = file("document", as_text(nitro->evidence));
    command.policy = file("policy.toml", "version = 1\n[[root]]\nname = \"test\"\nkey_sha256 = \"" +
                                             to_hex(nitro->options.extra_roots.at(0).key_fingerprint) +
                                             "\"\n[[allow]]\ntee = [\"nitro\"]\nroots = [\"test\"]\n"
                                             "insecure_any_code = true\n");
    command.time = fmt::format("{:%FT%TZ}", nitro->options.time);
    command.json = true;
    return go(command);
  };
  testing::NitroSpec spec = testing::good_nitro();
  EXPECT_EQ(judged(spec), 0) << out_.str();
  spec.pcrs[0] = Bytes(48);
  EXPECT_EQ(judged(spec), 1) << out_.str();
  EXPECT_EQ(nlohmann::json::parse(out_.str())["verdict"], "refused");
  const auto snp = build(testing::good_amd(3, "Milan", false));
  VerifyCommand command;
  command.evidence = file("report", as_text(snp->evidence));
  EXPECT_EQ(go(command), 3) << out_.str();
  command.evidence = file("cut", as_text(snp->evidence).substr(1));
  EXPECT_EQ(go(command), 2) << out_.str();
}

// However long it is, and whether it ends.
TEST_F(Command, WhatIsTooLongIsNoEvidence) {
  VerifyCommand command;
  command.evidence = "/dev/zero";
  command.json = true;
  EXPECT_EQ(go(command), kExitMalformed);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["findings"][0]["check"], "form");
  ShowCommand show;
  show.evidence = "/dev/zero";
  EXPECT_EQ(go(show), kExitMalformed);
  command.result = "jwt";
  command.result_key = directory_ / "key.pem";
  EXPECT_EQ(go(command), kExitNotRun);
  std::ifstream endless("/dev/zero");
  auto* const before = std::cin.rdbuf(endless.rdbuf());
  command = {};
  command.evidence = "-";
  EXPECT_EQ(go(command), kExitMalformed);
  std::cin.rdbuf(before);
  std::cin.clear();
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
