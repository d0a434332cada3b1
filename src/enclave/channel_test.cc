// Local attestation and the channel made of it, and an attacker who holds the wire.
#include "strongroom/enclave/channel.h"

#include <gmock/gmock.h>

#include "enclave/test_enclave.h"

namespace strongroom::enclave {
namespace {

const Bytes kMessage = to_bytes(as_bytes("half of the data"));

host::Admission other_enclave() {
  host::Admission out = test_admission();
  out.identity.mrenclave.fill(0x44);
  out.identity.isv_prod_id = 9;
  return out;
}

// Two enclaves on one platform; each step runs as one of them.
class Local : public testing::Test {
 protected:
  template <typename Step>
  auto as(const host::Admission& who, Step step) {
    const AsEnclave self(who, platform_);
    return step();
  }
  struct Pair {
    Channel first, second;
  };
  Pair connect() {
    auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
    auto accept = as(other_enclave(), [&] { return ChannelResponder::create(start.hello()).value(); });
    auto first = as(test_admission(), [&] { return start.finish(accept.reply()).value(); });
    auto second = as(other_enclave(), [&] { return accept.finish(first.proof()).value(); });
    return {std::move(first), std::move(second)};
  }
  TestPlatform platform_{"local"};
};

TEST_F(Local, AReportProvesWhoMadeItToItsTargetAlone) {
  const Target target = as(other_enclave(), [] { return own_target().value(); });
  const ReportData data = {1, 2, 3};
  const Report made = as(test_admission(), [&] { return report(target, data).value(); });
  const auto verified = as(other_enclave(), [&] { return verify_report(made); });
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->identity.mrenclave, test_admission().identity.mrenclave);
  EXPECT_EQ(verified->identity.mrsigner, test_admission().identity.mrsigner);
  EXPECT_EQ(verified->identity.svn, test_admission().identity.isv_svn);
  EXPECT_EQ(verified->data, data);
  const auto misdirected = as(test_admission(), [&] { return verify_report(made); });
  EXPECT_EQ(misdirected.error().code, ErrorCode::kVerificationFailed);
}

TEST_F(Local, AChangedReportIsRefused) {
  const AsEnclave self(test_admission(), platform_);
  Report made = report(own_target().value(), {}).value();
  ASSERT_TRUE(verify_report(made));
  for (size_t byte = 0; byte < made.size(); ++byte) {
    made[byte] ^= 0x10;
    EXPECT_FALSE(verify_report(made)) << byte;
    made[byte] ^= 0x10;
  }
}

TEST_F(Local, AReportOfAnotherPlatformOrTeeIsRefused) {
  TestPlatform elsewhere("local-elsewhere");
  Report made;
  {
    const AsEnclave self(test_admission(), elsewhere);
    made = report(own_target().value(), {}).value();
  }
  EXPECT_FALSE(as(test_admission(), [&] { return verify_report(made); }));
  host::Admission in_vm = test_admission();
  in_vm.tee = tee::TeeKind::kVm;
  const Report of_vm = as(in_vm, [] { return report(own_target().value(), {}).value(); });
  EXPECT_FALSE(as(test_admission(), [&] { return verify_report(of_vm); }));
}

TEST_F(Local, AChannelCarriesMessagesBothWaysAndNamesThePeer) {
  Pair ends = connect();
  EXPECT_EQ(ends.first.peer().mrenclave, other_enclave().identity.mrenclave);
  EXPECT_EQ(ends.first.peer().product_id, 9);
  EXPECT_EQ(ends.second.peer().mrenclave, test_admission().identity.mrenclave);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ends.second.open(ends.first.seal(kMessage).value()).value(), kMessage);
    EXPECT_EQ(ends.first.open(ends.second.seal(kMessage).value()).value(), kMessage);
  }
}

TEST_F(Local, AMessageIsOpenedOnceInOrderAndNotByItsSender) {
  Pair ends = connect();
  const auto one = ends.first.seal(kMessage).value();
  const auto two = ends.first.seal(kMessage).value();
  EXPECT_FALSE(ends.second.open(two)) << "left one out";
  EXPECT_FALSE(ends.first.open(one)) << "reflected";
  EXPECT_TRUE(ends.second.open(one));
  EXPECT_FALSE(ends.second.open(one)) << "replayed";
  auto renumbered = one;
  renumbered[0] = 1;
  EXPECT_FALSE(ends.second.open(renumbered));
  EXPECT_TRUE(ends.second.open(two));
}

TEST_F(Local, AChangedMessageIsRefused) {
  Pair ends = connect();
  auto sealed = ends.first.seal(kMessage).value();
  for (size_t byte = 0; byte < sealed.size(); ++byte) {
    sealed[byte] ^= 1;
    EXPECT_FALSE(ends.second.open(sealed)) << byte;
    sealed[byte] ^= 1;
  }
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(ends.second.open(ByteView(sealed).first(size))) << size;
  EXPECT_TRUE(ends.second.open(sealed));
}

TEST_F(Local, AChangedHandshakeIsRefused) {
  auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  // Whoever changes the hello is found by the initiator: the responder signs what it heard.
  for (const size_t byte : {size_t{0}, size_t{33}, size_t{511}, size_t{512}, size_t{543}}) {
    auto hello = start.hello();
    hello[byte] ^= 1;
    const bool finished = as(other_enclave(), [&] {
      auto accept = ChannelResponder::create(hello);
      return accept ? as(test_admission(), [&] { return start.finish(accept->reply()).has_value(); }) : false;
    });
    EXPECT_FALSE(finished) << byte;
  }
  auto accept = as(other_enclave(), [&] { return ChannelResponder::create(start.hello()).value(); });
  const AsEnclave initiator(test_admission(), platform_);
  auto reply = accept.reply();
  for (size_t byte = 0; byte < reply.size(); byte += 7) {
    reply[byte] ^= 1;
    EXPECT_FALSE(start.finish(reply)) << byte;
    reply[byte] ^= 1;
  }
  EXPECT_TRUE(start.finish(reply));
  EXPECT_FALSE(start.finish(ByteView(reply).first(reply.size() - 1)));
}

TEST_F(Local, AReplyToAnotherHelloIsRefused) {
  auto recorded = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  auto accept = as(other_enclave(), [&] { return ChannelResponder::create(recorded.hello()).value(); });
  auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  EXPECT_FALSE(as(test_admission(), [&] { return start.finish(accept.reply()); }));
}

TEST_F(Local, AProofOfAnotherExchangeIsRefused) {
  auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  auto old = as(other_enclave(), [&] { return ChannelResponder::create(start.hello()).value(); });
  const auto channel = as(test_admission(), [&] { return start.finish(old.reply()).value(); });
  auto again = as(other_enclave(), [&] { return ChannelResponder::create(start.hello()).value(); });
  EXPECT_FALSE(as(other_enclave(), [&] { return again.finish(channel.proof()); }));
  EXPECT_TRUE(as(other_enclave(), [&] { return old.finish(channel.proof()); }));
}

// The attacker has no enclave: he plays the responder with a report that he got for something else.
TEST_F(Local, AHandshakeReflectedToItsSenderIsRefused) {
  auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  const Report other_use = as(test_admission(), [] { return report(own_target().value(), {}).value(); });
  Bytes reply = start.hello();
  reply.insert(reply.end(), other_use.begin(), other_use.end());
  EXPECT_FALSE(as(test_admission(), [&] { return start.finish(reply); }));
}

TEST_F(Local, AKeyOfSmallOrderIsRefused) {
  auto start = as(test_admission(), [] { return ChannelInitiator::create().value(); });
  auto hello = start.hello();
  std::fill(hello.end() - 32, hello.end(), uint8_t{0});
  auto accept = as(other_enclave(), [&] { return ChannelResponder::create(hello).value(); });
  // The proof would be right; the agreement fails.
  const Target target = as(other_enclave(), [] { return own_target().value(); });
  const ReportData statement = crypto::sha512(ByteWriter()
                                                  .bytes(as_bytes("strongroom channel 1 initiator"))
                                                  .bytes(hello)
                                                  .bytes(accept.reply())
                                                  .take());
  const Report proof = as(test_admission(), [&] { return report(target, statement).value(); });
  const auto channel = as(other_enclave(), [&] { return accept.finish(proof); });
  ASSERT_FALSE(channel);
  EXPECT_THAT(channel.error().message, testing::HasSubstr("X25519"));
}

}  // namespace
}  // namespace strongroom::enclave
