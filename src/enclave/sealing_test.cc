// Sealing under every identity but the right one.
#include "strongroom/enclave/sealing.h"

#include <gmock/gmock.h>

#include "enclave/test_enclave.h"

namespace strongroom::enclave {
namespace {

const Bytes kSecret = to_bytes(as_bytes("the combination of the vault"));
const Bytes kAdditional = to_bytes(as_bytes("account 7"));

class Sealing : public testing::Test {
 protected:
  Bytes sealed_by(const host::Admission& who, SealTo to) {
    const AsEnclave self(who, platform_);
    return seal(to, kSecret, kAdditional).value();
  }
  Result<Bytes> opened_by(const host::Admission& who, const Bytes& sealed) {
    return opened_by(who, sealed, platform_);
  }
  static Result<Bytes> opened_by(const host::Admission& who, const Bytes& sealed, TestPlatform& platform) {
    const AsEnclave self(who, platform);
    return unseal(sealed, kAdditional);
  }
  // Whether an enclave that differs so from the one that sealed can open.
  bool opens(SealTo to, const std::function<void(host::Admission&)>& change) {
    host::Admission other = test_admission();
    change(other);
    const auto opened = opened_by(other, sealed_by(test_admission(), to));
    EXPECT_TRUE(opened || opened.error().code == ErrorCode::kVerificationFailed ||
                opened.error().code == ErrorCode::kPermissionDenied);
    return opened.has_value() && *opened == kSecret;
  }
  TestPlatform platform_{"sealing"};
};

TEST_F(Sealing, OpensAfterARestart) {
  for (const SealTo to : {SealTo::kEnclave, SealTo::kSigner}) EXPECT_TRUE(opens(to, [](host::Admission&) {}));
}

TEST_F(Sealing, ToTheSignerOpensAfterAnUpgrade) {
  EXPECT_TRUE(opens(SealTo::kSigner, [](host::Admission& a) {
    a.identity.mrenclave.fill(0x77);
    a.identity.isv_svn++;
  }));
}

TEST_F(Sealing, ToTheEnclaveOpensInNoOtherEnclave) {
  EXPECT_FALSE(opens(SealTo::kEnclave, [](host::Admission& a) { a.identity.mrenclave[31] ^= 1; }));
}

TEST_F(Sealing, NeverOpensUnderAnotherIdentity) {
  const std::vector<std::function<void(host::Admission&)>> changes = {
      [](host::Admission& a) { a.identity.isv_prod_id ^= 1; },
      [](host::Admission& a) { a.identity.mrsigner[0] ^= 1; },
      [](host::Admission& a) { a.identity.isv_svn--; },
      [](host::Admission& a) { a.identity.attributes.flags |= arch::kAttributeDebug; },
      [](host::Admission& a) { a.tee = tee::TeeKind::kVm; },
      [](host::Admission& a) {
        a.is_signed = false;
        a.identity.mrsigner.fill(0);
        a.identity.isv_prod_id = a.identity.isv_svn = 0;
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_FALSE(opens(SealTo::kSigner, changes[i])) << i;
}

TEST_F(Sealing, OfAnOlderVersionSaysThatItIsTooNew) {
  const Bytes sealed = sealed_by(test_admission(), SealTo::kSigner);
  host::Admission older = test_admission();
  older.identity.isv_svn--;
  EXPECT_EQ(opened_by(older, sealed).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(Sealing, NeverOpensOnAnotherPlatform) {
  TestPlatform other("sealing-other");
  for (const SealTo to : {SealTo::kEnclave, SealTo::kSigner})
    EXPECT_EQ(opened_by(test_admission(), sealed_by(test_admission(), to), other).error().code,
              ErrorCode::kVerificationFailed);
}

TEST_F(Sealing, RefusesEveryFlippedBit) {
  const AsEnclave self(test_admission(), platform_);
  Bytes sealed = seal(SealTo::kSigner, kSecret, kAdditional).value();
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(unseal(sealed, kAdditional)) << bit;
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  EXPECT_EQ(unseal(sealed, kAdditional).value(), kSecret);
}

TEST_F(Sealing, RefusesEveryTruncationAndWhatFollows) {
  const AsEnclave self(test_admission(), platform_);
  Bytes sealed = seal(SealTo::kEnclave, kSecret).value();
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(unseal(ByteView(sealed).first(size))) << size;
  sealed.push_back(0);
  EXPECT_FALSE(unseal(sealed));
}

TEST_F(Sealing, RefusesOtherAdditionalData) {
  const AsEnclave self(test_admission(), platform_);
  const Bytes sealed = seal(SealTo::kEnclave, kSecret, kAdditional).value();
  EXPECT_FALSE(unseal(sealed));
  EXPECT_FALSE(unseal(sealed, as_bytes("account 8")));
  EXPECT_FALSE(unseal(sealed, as_bytes("account 77")));
  // The border between additional data and plaintext does not move either.
  EXPECT_FALSE(unseal(sealed, ByteView(kAdditional).first(8)));
}

TEST_F(Sealing, OfNobodysEnclaveToItsSignerIsRefused) {
  host::Admission unsigned_one = test_admission();
  unsigned_one.is_signed = false;
  unsigned_one.identity.mrsigner.fill(0);
  const AsEnclave self(unsigned_one, platform_);
  EXPECT_EQ(seal(SealTo::kSigner, kSecret).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(unseal(seal(SealTo::kEnclave, kSecret).value()).value(), kSecret);
}

TEST_F(Sealing, GivesEachBlobAKeyAndSaltOfItsOwn) {
  const AsEnclave self(test_admission(), platform_);
  const Bytes first = seal(SealTo::kEnclave, kSecret).value();
  const Bytes second = seal(SealTo::kEnclave, kSecret).value();
  EXPECT_FALSE(equal(ByteView(first).subspan(64, 32), ByteView(second).subspan(64, 32)));
  EXPECT_FALSE(equal(ByteView(first).subspan(112), ByteView(second).subspan(112)));
}

TEST_F(Sealing, TakesNothingAndMuch) {
  const AsEnclave self(test_admission(), platform_);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 20}) {
    const Bytes plaintext(size, 0x5a);
    const Bytes sealed = seal(SealTo::kEnclave, plaintext).value();
    EXPECT_EQ(sealed.size(), size + kSealOverhead);
    EXPECT_EQ(unseal(sealed).value(), plaintext);
  }
}

TEST_F(Sealing, LeavesNoPlaintextBehindWhenItFails) {
  const AsEnclave self(test_admission(), platform_);
  Bytes sealed = seal(SealTo::kEnclave, kSecret).value();
  sealed.back() ^= 1;
  Bytes room(kSecret.size(), 0xff);
  EXPECT_FALSE(unseal_into(room, sealed));
  EXPECT_THAT(room, testing::Each(0));
}

TEST(SealFormat, IsWhatTheManualSays) {
  TestPlatform platform("seal-format");
  const AsEnclave self(test_admission(), platform);
  const Bytes sealed = seal(SealTo::kSigner, kSecret, kAdditional).value();
  EXPECT_EQ(as_text(ByteView(sealed).first(8)), "SRSEALED");
  EXPECT_EQ(sealed[8], 1);
  EXPECT_EQ(sealed[10], 2);
  EXPECT_EQ(sealed[12], test_admission().identity.isv_svn);
  EXPECT_EQ(sealed[16], 1);  // CPUSVN's first component
  EXPECT_EQ(sealed[96], kSecret.size());
  EXPECT_EQ(sealed[104], kAdditional.size());
}

}  // namespace
}  // namespace strongroom::enclave
