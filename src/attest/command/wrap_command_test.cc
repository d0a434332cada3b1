#include "attest/command/wrap_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "attest/testing/keeper_world.h"
#include "base/file.h"

namespace strongroom::attest::testing {
namespace {

namespace fs = std::filesystem;

class WrapTest : public ::testing::Test {
 protected:
  WrapTest() : directory_(fs::temp_directory_path() / ("strongroom_wrap_" + std::to_string(getpid()))) {
    fs::create_directories(directory_);
    keeper_ = build(good_keeper());
    command_.evidence = directory_ / "token";
    EXPECT_TRUE(write_file(command_.evidence, keeper_->evidence));
  }
  ~WrapTest() override { fs::remove_all(directory_); }

  Result<int> go() {
    out_.str("");
    return run(command_, out_);
  }

  fs::path directory_;
  std::unique_ptr<KeeperCase> keeper_;
  WrapCommand command_;
  std::ostringstream out_;
};

TEST_F(WrapTest, WhatIsWrappedVerifiesAsWhatItHolds) {
  for (const bool cbor : {false, true}) {
    command_.cbor = cbor;
    ASSERT_TRUE(go());
    const auto result = verify(as_bytes(out_.str()), keeper_->options);
    EXPECT_EQ(result.format, "cmw/strongroom-eat");
    EXPECT_EQ(result.verdict, Verdict::kAccepted);
    EXPECT_EQ(std::get<std::string>(result.claims.vendor.at("cmw.type")),
              "application/eat+cwt; eat_profile=\"tag:strongroom,2026:enclave-evidence/1\"");
  }
  command_.output = directory_ / "wrapped";
  ASSERT_TRUE(go());
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(verify(read_file(*command_.output, 65536).value(), keeper_->options).verdict, Verdict::kAccepted);
}

TEST_F(WrapTest, WantsATypeWhereThereIsNoneAndRefusesWhatIsNone) {
  const auto nitro = build(good_nitro());
  ASSERT_TRUE(write_file(command_.evidence, nitro->evidence));
  EXPECT_EQ(go().error().code, ErrorCode::kInvalidArgument);
  command_.type = "application/x.nitro";
  EXPECT_TRUE(go());
  command_.type = "nothing";
  EXPECT_EQ(go().error().code, ErrorCode::kMalformed);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(WrapTest, RefusesWhatIsNoEvidence) {
  ASSERT_TRUE(write_file(command_.evidence, as_bytes("no evidence")));
  EXPECT_EQ(go().error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::attest::testing
