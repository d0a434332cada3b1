// Enclaves that lie in the call area.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "host/testing/hostile_enclave.h"

namespace strongroom::host {
namespace {

TEST(HostileEnclave, WhatItWritesNeverLeadsTheApplicationAstray) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> script(random() % 400);
    for (uint8_t& byte : script) byte = static_cast<uint8_t>(random());
    testing::check_gate(script);
  }
}

}  // namespace
}  // namespace strongroom::host
