#include "tee/vm/debug/remote_session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tee/vm/debug/testing/fake_target.h"

namespace strongroom::tee::vm::debug {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RemoteSessionTest : public testing::Test {
 protected:
  void SetUp() override { session.receive(as_bytes(make_packet("QStartNoAckMode"))); }
  // The payload of the one packet that answers; "none" where nothing does.
  std::string ask(std::string_view request) {
    const std::string reply = session.receive(as_bytes(make_packet(request)));
    PacketReader reader;
    ByteView bytes = as_bytes(reply);
    const auto incoming = reader.take(bytes);
    return incoming && bytes.empty() ? incoming->payload : "none";
  }

  FakeTarget target;
  RemoteSession session{target, {.thread = 2}};
};

TEST(RemoteSessionStart, AcknowledgesUntilItIsToldNotTo) {
  FakeTarget target;
  RemoteSession session(target, {});
  EXPECT_THAT(session.receive(as_bytes("$?#3f")), StartsWith("+$T05thread:1;"));
  EXPECT_EQ(session.receive(as_bytes("$?#00")), "-");
  EXPECT_EQ(session.receive(as_bytes("-")), make_packet("T05thread:1;"));
  EXPECT_EQ(session.receive(as_bytes(make_packet("QStartNoAckMode"))), "+$OK#9a");
  EXPECT_EQ(session.receive(as_bytes("$?#3f")), make_packet("T05thread:1;"));
}

TEST_F(RemoteSessionTest, AnswersWhatItDoesNotKnowByAnEmptyPacket) {
  for (const char* request : {"", "!", "vRun", "qOffsets", "i", "Z3,1000,4", "Z4,1000,4"})
    EXPECT_EQ(ask(request), "") << request;
}

TEST_F(RemoteSessionTest, RefusesWhatIsMalformed) {
  for (const char* request : {"m",
                              "m1000",
                              "m1000,",
                              "mx,1",
                              "M1000,2:00",
                              "M1000,1:0",
                              "X1000,2:a",
                              "p",
                              "p4c",
                              "pffffffff",
                              "P0",
                              "P0=00",
                              "P4c=00",
                              "G00",
                              "Z0",
                              "Z0,1000",
                              "vCont;",
                              "vCont;x",
                              "vCont;c:",
                              "vCont;c:1x",
                              "vCont;C",
                              "vCont;Cfff",
                              "vCont;r1",
                              "H",
                              "Hx1",
                              "Hg",
                              "qGetTLSAddr:1",
                              "qGetTLSAddr:",
                              "qXfer:features:read:target.xml:",
                              "qXfer:features:read:target.xml:fffff,1",
                              "m10000000000000000,1"})
    EXPECT_THAT(ask(request), StartsWith("E")) << request;
  EXPECT_FALSE(session.is_running());
}

TEST_F(RemoteSessionTest, DescribesItsRegistersInPieces) {
  std::string text, piece;
  do {
    piece = ask(fmt::format("qXfer:features:read:target.xml:{:x},400", text.size()));
    ASSERT_THAT(piece, testing::AnyOf(StartsWith("l"), StartsWith("m")));
    text += piece.substr(1);
  } while (piece[0] == 'm');
  EXPECT_EQ(text, target_description());
  EXPECT_THAT(text, HasSubstr("org.gnu.gdb.i386.avx"));
}

TEST_F(RemoteSessionTest, ReadsAndWritesRegistersOfTheSelectedThread) {
  target.files[2].set(kRip, 0x1122334455667788);
  target.files[31].set(kMxcsr, 0x1f80);
  EXPECT_EQ(ask("p10"), "8877665544332211");
  EXPECT_EQ(ask("Hg1f"), "OK");
  EXPECT_EQ(ask("p38"), "801f0000");
  EXPECT_EQ(ask("P0=0102030405060708"), "OK");
  EXPECT_EQ(target.files[31].value(kRax), 0x0807060504030201u);
  const std::string all = ask("g");
  EXPECT_EQ(all.size(), 2 * RegisterFile::kSize);
  EXPECT_EQ(ask("Hg1"), "OK");
  EXPECT_EQ(ask("G" + all), "OK");
  EXPECT_EQ(target.files[1].bytes, target.files[31].bytes);
  EXPECT_EQ(ask("Hg3"), "E02");
}

TEST_F(RemoteSessionTest, ReadsAndWritesMemory) {
  EXPECT_EQ(ask("M1002,3:0a0B0c"), "OK");
  EXPECT_EQ(ask("m1001,4"), "000a0b0c");
  EXPECT_EQ(ask("X1002,3:$#}"), "OK");
  EXPECT_EQ(ask("m1002,3"), "24237d");
  EXPECT_EQ(ask("X1002,0:"), "OK");
  EXPECT_EQ(ask("m10fe,8"), "0000");  // as much as there is
  EXPECT_EQ(ask("m1100,1"), "E0e");
  EXPECT_EQ(ask("M10ff,2:0000"), "E0e");
  EXPECT_EQ(ask("m1000,ffffffffffffffff").size(), 512u);
}

TEST_F(RemoteSessionTest, SetsBreakpointsAndWatches) {
  EXPECT_EQ(ask("Z0,1234,1"), "OK");
  EXPECT_EQ(ask("Z1,1235,1"), "OK");
  EXPECT_EQ(ask("Z2,1000,4"), "OK");
  EXPECT_THAT(target.breakpoints, testing::ElementsAre(0x1234, 0x1235));
  EXPECT_THAT(target.watches, testing::ElementsAre(std::pair<uint64_t, uint64_t>(0x1000, 4)));
  EXPECT_EQ(ask("z0,1234,1"), "OK");
  EXPECT_EQ(ask("z2,1000,4"), "OK");
  EXPECT_THAT(target.breakpoints, testing::ElementsAre(0x1235));
  EXPECT_EQ(ask("z0,1,1"), "E0e");
}

TEST_F(RemoteSessionTest, ResumesThreadsAndTellsWhyTheyStop) {
  EXPECT_EQ(ask("vCont;r10,20:2;C0b:1f;c"), "none");
  EXPECT_TRUE(session.is_running());
  ASSERT_EQ(target.actions.size(), 3u);
  EXPECT_EQ(target.actions[0].thread, 2u);
  EXPECT_TRUE(target.actions[0].action.steps);
  EXPECT_EQ(target.actions[0].action.range_end, 0x20u);
  EXPECT_TRUE(target.actions[1].action.delivers);
  EXPECT_EQ(target.actions[2].thread, std::nullopt);
  EXPECT_EQ(ask("g"), "none");
  session.receive(as_bytes("\x03"));
  EXPECT_EQ(target.interrupts, 1);
  EXPECT_EQ(session.stopped({.thread = 31, .signal = Signal::kInterrupt}), make_packet("T02thread:1f;"));
  EXPECT_EQ(ask("qC"), "QC1f");
  session.receive(as_bytes("\x03"));
  EXPECT_EQ(target.interrupts, 1);  // nothing runs
}

TEST_F(RemoteSessionTest, NamesBreakpointsAndWatchesInStops) {
  EXPECT_EQ(session.stopped({.reason = Stop::Reason::kBreakpoint}), make_packet("T05thread:1;swbreak:;"));
  EXPECT_EQ(session.stopped({.reason = Stop::Reason::kWatchpoint, .address = 0x1008}),
            make_packet("T05thread:1;watch:1008;"));
}

TEST_F(RemoteSessionTest, ListsThreadsAndFindsTheirVariables) {
  EXPECT_EQ(ask("qfThreadInfo"), "m1,2,1f");
  EXPECT_EQ(ask("qsThreadInfo"), "l");
  EXPECT_EQ(ask("T1f"), "OK");
  EXPECT_EQ(ask("T3"), "E02");
  EXPECT_EQ(ask("qGetTLSAddr:1f,10,0"), "7010");
  EXPECT_EQ(ask("qGetTLSAddr:3,10,0"), "E02");
}

TEST_F(RemoteSessionTest, IsOverAfterDetachingAndAfterKilling) {
  EXPECT_EQ(ask("D"), "OK");
  EXPECT_TRUE(session.is_over());
  RemoteSession other(target, {});
  EXPECT_EQ(other.receive(as_bytes(make_packet("k"))), "+");
  EXPECT_TRUE(other.is_over());
  EXPECT_TRUE(target.killed);
}

TEST_F(RemoteSessionTest, SaysHowTheProgramEnded) {
  EXPECT_EQ(session.exited(3), make_packet("W03"));
  EXPECT_EQ(session.killed(Signal::kSegmentation), make_packet("X0b"));
}

}  // namespace
}  // namespace strongroom::tee::vm::debug
