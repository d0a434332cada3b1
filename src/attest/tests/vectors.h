// Real evidence beside the repository, for tests. It is not part of it: a test that needs it calls
// STRONGROOM_NEED_VECTORS() first, which skips where it is not there.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "strongroom/attest.h"

namespace strongroom::attest::vectors {

// STRONGROOM_VECTORS, or ../shared/vectors beside the repository; empty where neither is a directory.
std::filesystem::path root();

using Row = std::map<std::string, std::string>;  // column name -> value
// A table of tab separated values below root(), first line the names.
std::vector<Row> table(const std::string& path);

// A file below root(); fails the test where it cannot be read.
Bytes bytes(const std::string& path);
// Adds a file, or every file of a directory that collateral is made of, to the set.
void add(Collateral& collateral, const std::string& path);

Time time(const std::string& rfc3339);

// "check: outcome: why" of every finding that did not pass, a line each.
std::string trouble(const VerificationResult& result);

}  // namespace strongroom::attest::vectors

#define STRONGROOM_NEED_VECTORS()                  \
  if (strongroom::attest::vectors::root().empty()) \
  GTEST_SKIP() << "no real evidence here: set STRONGROOM_VECTORS to its directory"
