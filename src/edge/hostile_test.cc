// What a hostile side can do at the exchange: it writes whatever it likes into shared memory, when it likes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "edge/calls_fixture.h"

namespace strongroom::edge {
namespace {

using testing::Each;
using testing::HasSubstr;

// Builds requests by hand, as a host without the generated code would.
class Request {
 public:
  explicit Request(const CallInfo& info) { object(RequestHeader{info.digest, info.number, 0}); }
  Request(uint64_t digest, uint32_t number) { object(RequestHeader{digest, number, 0}); }
  template <typename T>
  Request& object(const T& value) {
    bytes_.resize(bytes_.size() + sizeof value);
    std::memcpy(bytes_.data() + bytes_.size() - sizeof value, &value, sizeof value);
    return *this;
  }
  Request& fill(size_t count, uint8_t value) {
    bytes_.resize(bytes_.size() + count, value);
    return *this;
  }
  std::vector<uint8_t> bytes_;
};

struct Answer {
  ResponseHeader header{};
  std::string message;
};

class HostileHostTest : public testing::Test {
 protected:
  HostileHostTest() { observed() = {}; }

  Answer send(const Request& request, size_t memory_size = 4096) {
    std::vector<uint8_t> memory(std::max(memory_size, request.bytes_.size()));
    std::copy(request.bytes_.begin(), request.bytes_.end(), memory.begin());
    memory.resize(memory_size);
    return send_raw(memory, request.bytes_.size());
  }
  Answer send_raw(std::vector<uint8_t>& memory, size_t request_size) {
    ServerCall call{memory, request_size, sides_.enclave_arena, &sides_.to_host};
    calls::serve(call);
    EXPECT_EQ(sides_.enclave_arena.mark(), 0U);
    Answer answer;
    if (memory.size() < sizeof answer.header) return answer;
    std::memcpy(&answer.header, memory.data(), sizeof answer.header);
    if (answer.header.status != 0 && answer.header.message_size <= memory.size() - sizeof answer.header)
      answer.message.assign(reinterpret_cast<const char*>(memory.data()) + sizeof answer.header,
                            answer.header.message_size);
    return answer;
  }
  TwoSides sides_;
};

TEST_F(HostileHostTest, AnUnknownFunctionIsRefused) {
  for (const uint32_t number : {34U, 1000U, 0x7fffffffU, 0xffffffffU})
    EXPECT_EQ(send({calls::kDigest_, number}).message, "there is no function of this number");
}

TEST_F(HostileHostTest, ARequestForAnotherInterfaceIsRefused) {
  EXPECT_THAT(send({calls::kDigest_ ^ 1, 0}).message, HasSubstr("different EDL files"));
}

TEST_F(HostileHostTest, APrivateFunctionIsNotReached) {
  EXPECT_THAT(send(Request(calls::info_::inner).object(1)).message, HasSubstr("private"));
  EXPECT_THAT(send(Request(calls::info_::hidden_call)).message, HasSubstr("private"));
  EXPECT_EQ(observed().entered, 0);
}

TEST_F(HostileHostTest, EveryTruncationOfARequestIsRefused) {
  Request whole(calls::info_::sum);
  whole.object(uint64_t{4}).fill(16, 1);
  for (size_t size = 0; size < whole.bytes_.size(); ++size) {
    std::vector<uint8_t> memory(whole.bytes_);
    memory.resize(4096);
    EXPECT_NE(send_raw(memory, size).header.status, 0U) << size;
  }
  EXPECT_EQ(send(whole).header.status, 0U);
  EXPECT_EQ(send(whole.fill(1, 0)).message, "the message is longer than its parameters");
}

TEST_F(HostileHostTest, ARequestSizeBeyondTheMemoryIsRefused) {
  std::vector<uint8_t> memory(Request(calls::info_::empty).bytes_);
  memory.resize(64);
  for (const size_t size : {memory.size() + 1, SIZE_MAX})
    EXPECT_EQ(send_raw(memory, size).message, "the message is longer than its memory");
}

TEST_F(HostileHostTest, AMemoryTooSmallForAnAnswerGetsNone) {
  for (size_t size = 0; size < sizeof(ResponseHeader); ++size) {
    std::vector<uint8_t> memory(size, 0x5a);
    send_raw(memory, size);
    EXPECT_THAT(memory, Each(0x5a));
  }
}

TEST_F(HostileHostTest, PlacesOfNamedArgumentsThatLieAreRefused) {
  constexpr uint64_t kCount = 4096;  // of int32_t
  const std::vector<int32_t> shared(2 * kCount);
  sides_.to_host.nameable_memory = {reinterpret_cast<const uint8_t*>(shared.data()), shared.size() * 4};
  const auto status = [&](uint64_t count, uint64_t place) {
    return send(Request(calls::info_::sum).object(count).object(place)).header.status;
  };
  EXPECT_EQ(status(kCount, 1), 0U);
  EXPECT_EQ(status(kCount, 1 + kCount * 4), 0U);
  for (const uint64_t place : {2 + kCount * 4, kCount * 8, 1 + kCount * 8, uint64_t{1} << 63, ~uint64_t{0}})
    EXPECT_NE(status(kCount, place), 0U) << place;
  for (const uint64_t count : {2 * kCount + 1, uint64_t{1} << 32, uint64_t{1} << 62, ~uint64_t{0}})
    EXPECT_NE(status(count, 1), 0U) << count;
  EXPECT_NE(status(1, 1), 0U) << "a small argument is never named";
  sides_.to_host.nameable_memory = {};
  EXPECT_NE(status(kCount, 1), 0U) << "nothing is shared";
}

TEST_F(HostileHostTest, CountsThatLieAreRefused) {
  for (const uint64_t count : {uint64_t{5}, uint64_t{1} << 20, uint64_t{1} << 32, uint64_t{1} << 62,
                               (uint64_t{1} << 62) + 1, uint64_t{1} << 63, ~uint64_t{0}}) {
    // Zeros: the elements follow, and stand nowhere else.
    EXPECT_EQ(send(Request(calls::info_::sum).object(count).fill(16, 0)).message,
              "a count or size is larger than the message");
    EXPECT_NE(send(Request(calls::info_::gather).object(count).fill(40, 1)).header.status, 0U);
    EXPECT_NE(
        send(Request(calls::info_::length_of).object(uint8_t{1}).object(count).fill(3, 'x')).header.status,
        0U);
  }
}

TEST_F(HostileHostTest, OutputsLargerThanTheArenaAreRefused) {
  for (const uint64_t count :
       {uint64_t{TwoSides::kArenaSize} + 1, uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{0} - 15}) {
    EXPECT_EQ(send(Request(calls::info_::fill).object(count)).message,
              "the results are larger than the memory set aside for them");
  }
}

TEST_F(HostileHostTest, ResultsThatDoNotFitTheMemoryAreAnErrorAndNoOverflow) {
  EXPECT_EQ(send(Request(calls::info_::blob).object(uint64_t{0}), 40).message.substr(0, 22),
            "the message is longer ");
  EXPECT_EQ(send(Request(calls::info_::fill).object(uint64_t{100}), 60).header.status,
            1U + static_cast<uint32_t>(ErrorCode::kInvalidArgument));
}

TEST_F(HostileHostTest, RulesBetweenSizesAreCheckedInTheEnclave) {
  EXPECT_EQ(send(Request(calls::info_::merge)
                     .object(uint64_t{1})
                     .object(1)
                     .object(uint64_t{2})
                     .object(1)
                     .object(2)
                     .object(uint64_t{1}))
                .message,
            "'b' must have n elements");
  EXPECT_EQ(send(Request(calls::info_::scale).object(uint64_t{0}).object(uint32_t{0x80000000}).object(1.0F))
                .message,
            "'values' must have (n * 2) + 1 elements");
  EXPECT_EQ(send(Request(calls::info_::fill).object(uint64_t{256})).message,
            "'values' is longer than 'n' can say");
  EXPECT_EQ(
      send(Request(calls::info_::records).object(uint64_t{0}).object(uint64_t{1} << 63).object(uint64_t{2}))
          .message,
      "'data' must have n * width bytes");
}

TEST_F(HostileHostTest, ABoolIsZeroOrOne) {
  EXPECT_EQ(send(Request(calls::info_::flags).object(uint64_t{2}).object(uint16_t{0x0200})).message,
            "a bool is neither 0 nor 1");
  calls::Point point{};
  std::memset(static_cast<void*>(&point), 2, sizeof point);
  EXPECT_EQ(send(Request(calls::info_::one).object(point).object(int64_t{0})).message,
            "a bool is neither 0 nor 1");
}

TEST_F(HostileHostTest, StringsWithoutEndOrWithTooMany) {
  EXPECT_EQ(send(Request(calls::info_::length_of)
                     .object(uint8_t{1})
                     .object(uint64_t{3})
                     .fill(1, 'a')
                     .fill(1, 0)
                     .fill(1, 'b'))
                .message,
            "a string holds a NUL before its end");
  EXPECT_EQ(send(Request(calls::info_::upper).object(uint64_t{3}).fill(3, 'a')).message,
            "a string has no NUL within its buffer");
  EXPECT_EQ(send(Request(calls::info_::upper).object(uint64_t{0})).message,
            "a string has no NUL within its buffer");
}

TEST_F(HostileHostTest, PointersInStructuresAreNeverUsed) {
  // The pointer member holds an address of the enclave; the presence byte says that nothing is there.
  static uint8_t secret[8] = {100, 100, 100, 100, 100, 100, 100, 100};
  const calls::Buffer buffer{8, secret};
  EXPECT_EQ(
      send(Request(calls::info_::gather).object(uint64_t{1}).object(buffer).object(uint8_t{0})).header.status,
      0U);
  // With data behind it, the data counts, and not the address.
  Request with_data(calls::info_::gather);
  with_data.object(uint64_t{1}).object(buffer).object(uint8_t{1}).fill(8, 1);
  std::vector<uint8_t> memory(with_data.bytes_);
  memory.resize(4096);
  EXPECT_EQ(send_raw(memory, with_data.bytes_.size()).header.status, 0U);
  uint64_t sum = 0;
  std::memcpy(&sum, memory.data() + sizeof(ResponseHeader), sizeof sum);
  EXPECT_EQ(sum, 8U);
}

TEST_F(HostileHostTest, DeepSizesThatLieAreRefused) {
  for (const uint64_t length : {uint64_t{9}, uint64_t{1} << 40, ~uint64_t{0}}) {
    const calls::Buffer buffer{length, nullptr};
    EXPECT_NE(
        send(Request(calls::info_::gather).object(uint64_t{1}).object(buffer).object(uint8_t{1}).fill(8, 1))
            .header.status,
        0U);
  }
}

TEST_F(HostileHostTest, RandomRequestsNeverBreakTheEnclave) {
  std::mt19937_64 random(20260101);
  for (int round = 0; round < 20'000; ++round) {
    Request request(calls::kDigest_, static_cast<uint32_t>(random() % 34));
    const size_t size = random() % 200;
    for (size_t i = 0; i < size; ++i) {
      // Small numbers, so that many counts are plausible.
      const uint64_t choice = random();
      request.object(static_cast<uint8_t>(choice % 4 == 0   ? choice >> 8
                                          : choice % 4 == 1 ? (choice >> 8) % 8
                                                            : 0));
    }
    send(request, 16 + random() % 512);
  }
  EXPECT_EQ(sides_.enclave.add(1, 2).value(), 3);
}

TEST_F(HostileHostTest, ArgumentsThatChangeWhileTheEnclaveReadsThemStayAsTheyWereRead) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the race is the point of this test; ThreadSanitizer would report it";
#endif
  constexpr size_t kSize = 64 * 1024;
  Request request(calls::info_::reads_twice);
  request.object(uint64_t{kSize}).fill((16 - (24 % 16)) % 16, 0).fill(kSize, 1);
  std::vector<uint8_t> memory(request.bytes_);
  const size_t request_size = memory.size();
  memory.resize(request_size + 4096);
  for (int round = 0; round < 50; ++round) {
    std::copy(request.bytes_.begin(), request.bytes_.end(), memory.begin());
    std::atomic<bool> stop{false};
    std::thread attacker([&] {
      for (size_t i = 0; !stop; ++i) {
        auto* target = reinterpret_cast<std::atomic<uint8_t>*>(&memory[64 + i % kSize]);
        target->store(static_cast<uint8_t>(i >> 4), std::memory_order_relaxed);
      }
    });
    ServerCall call{memory, request_size, sides_.enclave_arena, &sides_.to_host};
    calls::serve(call);
    stop = true;
    attacker.join();
    ResponseHeader header{};
    int changed = -1;
    std::memcpy(&header, memory.data(), sizeof header);
    std::memcpy(&changed, memory.data() + sizeof header, sizeof changed);
    ASSERT_EQ(header.status, 0U);
    ASSERT_EQ(changed, 0) << "the function saw its argument change";
  }
}

// The enclave asks, and the host answers with lies.
class HostileAnswerTest : public HostileHostTest {
 protected:
  int ask(char what) {
    const uint8_t request[] = {static_cast<uint8_t>(what)};
    const Result<int> result = sides_.enclave.from_host(request);
    return result ? *result : -100;
  }
  template <typename T>
  void patch(size_t offset, T value) {
    sides_.to_host.after = [offset, value](std::span<uint8_t> memory) {
      ASSERT_LE(offset + sizeof value, memory.size());
      std::memcpy(memory.data() + offset, &value, sizeof value);
    };
  }
};

TEST_F(HostileAnswerTest, AnUnknownStatusIsMalformed) {
  patch(0, uint32_t{0xffffffff});
  EXPECT_EQ(ask('g'), -1) << "results are cleared";
  EXPECT_EQ(observed().host_error, "calls.give: the answer is malformed: its status is unknown");
}

TEST_F(HostileAnswerTest, AMessageLengthThatLiesIsCut) {
  sides_.to_host.after = [](std::span<uint8_t> memory) {
    const ResponseHeader header{1 + static_cast<uint32_t>(ErrorCode::kCallFailed), 0, 0xffffffff, 0};
    std::memcpy(memory.data(), &header, sizeof header);
    std::memset(memory.data() + sizeof header, '\n', memory.size() - sizeof header);
  };
  EXPECT_EQ(ask('g'), -1);
  EXPECT_LE(observed().host_error.size(), 300U);
  EXPECT_THAT(observed().host_error, HasSubstr("????"));
}

TEST_F(HostileAnswerTest, AnErrnoThatIsNoneIsMalformed) {
  patch(4, uint32_t{0x80000000});
  EXPECT_EQ(ask('e'), -1);
  EXPECT_THAT(observed().host_error, HasSubstr("its errno is no errno"));
}

TEST_F(HostileAnswerTest, ABoolThatIsNoneClearsAllResults) {
  patch(sizeof(ResponseHeader) + 16, uint8_t{2});
  EXPECT_EQ(ask('g'), -1);
  EXPECT_THAT(observed().host_error, HasSubstr("a bool is neither 0 nor 1"));
}

TEST_F(HostileAnswerTest, AHostThatGrowsASizeOrMovesAPointerIsRefused) {
  patch(sizeof(ResponseHeader), uint64_t{9});
  EXPECT_EQ(ask('x'), -1);
  EXPECT_THAT(observed().host_error, HasSubstr("a deep size became larger"));
  patch(sizeof(ResponseHeader) + 8, uint64_t{0x4141414141414141});
  EXPECT_EQ(ask('x'), 4) << "an address from the host is not taken over";
}

TEST_F(HostileAnswerTest, NeitherPaddingNorAddressesLeaveTheEnclave) {
  std::vector<uint8_t> seen;
  sides_.to_host.before = [&seen](std::span<uint8_t> memory, size_t& size) {
    seen.assign(memory.begin(), memory.begin() + static_cast<ptrdiff_t>(size));
  };
  ASSERT_EQ(ask('p'), 0);
  ASSERT_EQ(seen.size(), sizeof(RequestHeader) + sizeof(calls::Point));
  EXPECT_EQ(std::count(seen.begin() + sizeof(RequestHeader), seen.end(), 0xa5), 0) << "padding";
  ASSERT_EQ(ask('x'), 4);
  for (size_t i = 0; i + 8 <= seen.size(); ++i) {
    uint64_t word = 0;
    std::memcpy(&word, &seen[i], sizeof word);
    EXPECT_FALSE(word >= 0x0000'5000'0000'0000 && word < 0x0000'8000'0000'0000 &&
                 word != 0x0000'cccc'cccc'cccc)
        << "an address at " << i;
  }
}

TEST_F(HostileAnswerTest, PaddingOfResultsStaysInTheEnclave) {
  std::vector<uint8_t> seen;
  sides_.to_enclave.after = [&seen](std::span<uint8_t> memory) { seen.assign(memory.begin(), memory.end()); };
  calls::Word word{};
  ASSERT_TRUE(sides_.enclave.mirror({.tag = 1, .x = 2, .lit = false, .weight = 0}, word));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 0xa5), 0);
  packet from{};
  from.kind = 7;
  from.value = 8;
  packet to{};
  ASSERT_TRUE(sides_.enclave.foreign(from, to, 99));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 0xa5), 0) << "a structure of a header";
}

TEST_F(HostileAnswerTest, RandomAnswersNeverBreakTheEnclave) {
  std::mt19937_64 random(20260102);
  sides_.to_host.after = [&random](std::span<uint8_t> memory) {
    const size_t flips = random() % 6;
    for (size_t i = 0; i < flips; ++i)
      memory[random() % std::min<size_t>(memory.size(), 64)] = static_cast<uint8_t>(random());
  };
  for (int round = 0; round < 20'000; ++round) {
    const int result = ask("negtxrp"[random() % 7]);
    ASSERT_NE(result, -2) << "results were left after a failure";
    ASSERT_NE(result, -3) << "a pointer of the host was taken over";
  }
}

TEST(PartOfTest, AnOffsetOrSizeOutsideTheRegionIsRefused) {
  std::vector<uint8_t> region(100);
  EXPECT_EQ(part_of(region, 0, 100)->size(), 100U);
  EXPECT_EQ(part_of(region, 100, 0)->size(), 0U);
  EXPECT_EQ(part_of(region, 30, 70)->data(), region.data() + 30);
  for (const auto& [offset, size] : {std::pair<uint64_t, uint64_t>{0, 101},
                                     {101, 0},
                                     {50, 51},
                                     {~0ULL, 1},
                                     {1, ~0ULL},
                                     {1ULL << 63, 1ULL << 63}})
    EXPECT_FALSE(part_of(region, offset, size)) << offset << " " << size;
}

}  // namespace
}  // namespace strongroom::edge
