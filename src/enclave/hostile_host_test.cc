// Hosts that lie in the call area.
#include "enclave/testing/hostile_host.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "enclave/worker.h"

namespace strongroom::enclave {
namespace {

TEST(HostileHost, WhatItWritesNeverLeadsTheWorkerAstray) {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    std::vector<uint8_t> script(random() % 600);
    for (uint8_t& byte : script) byte = static_cast<uint8_t>(random());
    testing::check_worker(script);
  }
}

// One lane, filled in once. `seen` is what the function of the enclave was given.
struct Seen {
  int calls = 0;
  size_t size = 0;
};
Seen seen;
uint32_t rounds = 0;

void note(edge::ServerCall& call) {
  ++seen.calls;
  seen.size = call.memory.size();
  EXPECT_LE(call.request_size, call.memory.size());
}

class OneLane : public ::testing::Test {
 protected:
  void serve(uint32_t offset, uint32_t size, uint32_t request_size) {
    seen = {};
    rounds = 0;
    calls::Lane& lane = area_.lane(0);
    lane.offset = offset;
    lane.size = size;
    lane.request_size = request_size;
    lane.message = static_cast<uint32_t>(calls::LaneMessage::kCall);
    lane.turn = calls::kEnclave;
    area_.header().stopping = 1;
    Calls shared(memory_.bytes(), note, 4, 1, [](auto*, auto*, uint32_t) { ++rounds; });
    Worker(shared, 0).serve();
    EXPECT_EQ(lane.message, static_cast<uint32_t>(calls::LaneMessage::kReturn));
  }
  testing::AreaMemory memory_;
  calls::Area area_{memory_.bytes()};
};

TEST_F(OneLane, ARequestInTheHeapsIsServed) {
  serve(calls::kHeapsOffset, 4096, 100);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.size, 4096u);
}

TEST_F(OneLane, ARequestInTheLaneIsServed) {
  serve(calls::kLanesOffset + offsetof(calls::Lane, bytes), sizeof calls::Lane::bytes, 100);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.size, sizeof calls::Lane::bytes);
}

TEST_F(OneLane, ARequestOutsideTheHeapsIsServedAsAnEmptyOne) {
  const uint32_t end = calls::kMinimumArea;
  const struct {
    uint32_t offset, size, request_size;
  } lies[] = {{0, 64, 16},
              {calls::kLanesOffset, 128, 16},
              {calls::kHeapsOffset - 1, 64, 16},
              {end, 1, 1},
              {end - 1, 2, 1},
              {end - 64, UINT32_MAX - end + 65, 16},
              {UINT32_MAX, 1, 1},
              {UINT32_MAX - 15, 32, 16},
              {calls::kHeapsOffset, UINT32_MAX, 16},
              {calls::kHeapsOffset, 64, 65},
              {calls::kHeapsOffset, 64, UINT32_MAX}};
  for (const auto& lie : lies) {
    serve(lie.offset, lie.size, lie.request_size);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.size, 0u) << lie.offset << " " << lie.size << " " << lie.request_size;
  }
}

}  // namespace
}  // namespace strongroom::enclave
