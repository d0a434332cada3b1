// Sealing with a software TPM (swtpm): nothing here says anything about hardware.
#include "host/vault/tpm.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "host/vault/platform_store.h"
#include "host/vault/software_tpm.h"

namespace strongroom::host {
namespace {

namespace fs = std::filesystem;

TEST_F(WithTpm, OpensWhatItSealed) {
  auto opened = Tpm::open();
  ASSERT_TRUE(opened) << opened.error().message;
  Tpm tpm = std::move(*opened);
  const Bytes secret(32, 7);
  const auto sealed = tpm.seal(secret);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(tpm.unseal(*sealed).value(), secret);
  EXPECT_EQ(tpm.seal(Bytes(129)).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(WithTpm, RefusesWhatWasChanged) {
  auto opened = Tpm::open();
  ASSERT_TRUE(opened) << opened.error().message;
  Tpm tpm = std::move(*opened);
  const Bytes sealed = tpm.seal(Bytes(32, 7)).value();
  for (size_t at = 0; at < sealed.size(); at += 7) {
    Bytes changed = sealed;
    changed[at] ^= 1;
    EXPECT_FALSE(tpm.unseal(changed)) << at;
  }
  EXPECT_FALSE(tpm.unseal(ByteView(sealed).first(sealed.size() - 1)));
  EXPECT_FALSE(tpm.unseal({}));
  EXPECT_TRUE(tpm.unseal(sealed));
}

TEST_F(WithTpm, HoldsThePlatformsSecret) {
  const fs::path state = directory_ / "state";
  const auto key = PlatformStore::open(state).value().derive("test");
  EXPECT_EQ(PlatformStore::open(state).value().derive("test"), key);
  const Bytes file = read_file(state / "platform.secret").value();
  EXPECT_EQ(as_text(ByteView(file).first(8)), "SRPLAT02");
}

TEST_F(WithTpm, OfAnotherMachineIsRefusedAndTheSecretStays) {
  const fs::path state = directory_ / "state";
  const auto key = PlatformStore::open(state).value().derive("test");
  const Bytes file = read_file(state / "platform.secret").value();
  {
    const SoftwareTpm other(directory_ / "two");
    other.select();
    const auto refused = PlatformStore::open(state);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kVerificationFailed);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("another TPM"));
    EXPECT_THAT(refused.error().message, testing::HasSubstr("platform.secret"));
  }
  setenv("STRONGROOM_TPM", "none", 1);
  const auto refused = PlatformStore::open(state);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("sealed to a TPM"));
  EXPECT_EQ(read_file(state / "platform.secret").value(), file) << "never a new secret";
  first_->select();
  EXPECT_EQ(PlatformStore::open(state).value().derive("test"), key);
}

TEST_F(WithTpm, DoesNotTakeOverASecretThatIsThere) {
  const fs::path state = directory_ / "state";
  setenv("STRONGROOM_TPM", "none", 1);
  const auto key = PlatformStore::open(state).value().derive("test");
  first_->select();
  EXPECT_EQ(PlatformStore::open(state).value().derive("test"), key);
}

TEST_F(WithTpm, ThatIsNamedAndDoesNotAnswerMakesNoSecret) {
  const fs::path state = directory_ / "state";
  first_.reset();
  EXPECT_FALSE(PlatformStore::open(state));
  EXPECT_FALSE(fs::exists(state / "platform.secret"));
}

}  // namespace
}  // namespace strongroom::host
