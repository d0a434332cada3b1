// Every guest program of tests/guest in every TEE. The native run is the oracle: the same cases pass.
#include <fmt/format.h>

#include <set>
#include <sstream>

#include "running.h"

namespace strongroom::tee_test {
namespace {

// A case that passes natively and cannot pass in a TEE, and why. Nothing else is left out.
struct Exclusion {
  const char* program;
  const char* test_case;
  host::Tee tee;
  const char* reason;
};
constexpr std::array<Exclusion, 0> kExclusions{};

// Those that handle page faults, which cannot be where SGX1 is emulated (faults_go_unreported). They end the
// enclave, so the other cases of their programs run one by one.
struct FaultingCase {
  const char* program;
  const char* test_case;
};
constexpr FaultingCase kFaultingCases[] = {
    {"memory", "fresh_memory_is_zero_and_writable"},
    {"memory", "mremap_grows_shrinks_and_moves"},
    {"memory", "part_of_a_mapping_can_go"},
    {"memory", "protection_is_enforced_and_changes"},
    {"signals", "faults_reach_their_handler_and_can_be_left"},
};

std::set<std::string> faulting_cases(const std::string& program) {
  std::set<std::string> cases;
  for (const FaultingCase& one : kFaultingCases)
    if (one.program == program) cases.insert(one.test_case);
  return cases;
}

std::set<std::string> passed_cases(const std::string& output) {
  std::set<std::string> passed;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("ok ")) passed.insert(line.substr(3));
  return passed;
}

std::string failures(const Finished& finished) {
  std::string all;
  std::istringstream lines(finished.output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("FAIL")) all += line + "\n";
  return all + fmt::format("end: {} {}\nerror: {}", finished.end.cause, finished.end.message, finished.error);
}

class Guest : public testing::TestWithParam<std::tuple<host::Tee, std::string>> {};

TEST_P(Guest, PassesTheCasesThatItPassesNatively) {
  const auto& [tee, name] = GetParam();
  if (const auto available = host::check_available(tee); !available)
    GTEST_SKIP() << available.error().message;
  const std::string ours = std::string(STRONGROOM_TEST_PROGRAMS) + "/" + name;
  const std::string program =
      std::filesystem::exists(ours) ? ours : std::string(STRONGROOM_TEST_GUESTS) + "/guest_" + name;
  std::set<std::string> expected = passed_cases(run_natively(program, {}).output);
  ASSERT_FALSE(expected.empty());
  for (const Exclusion& exclusion : kExclusions)
    if (exclusion.tee == tee && exclusion.program == name) expected.erase(exclusion.test_case);
  if (const std::set<std::string> faulting = faulting_cases(name);
      faults_go_unreported(tee) && !faulting.empty()) {
    for (const std::string& one : expected) {
      if (faulting.contains(one)) continue;
      const Finished inside =
          run(image_of(program, [&](image::Manifest& m) { m.arguments = {one}; }), {.tee = tee});
      EXPECT_EQ(passed_cases(inside.output), std::set{one}) << failures(inside);
    }
    return;
  }
  const Finished inside = run(image_of(program, [](image::Manifest& m) { m.threads = 64; }), {.tee = tee});
  EXPECT_TRUE(inside.in_time) << "it hung after " << inside.output;
  EXPECT_EQ(inside.end.kind, host::EndKind::kExited) << failures(inside);
  EXPECT_EQ(passed_cases(inside.output), expected) << failures(inside);
}

std::vector<std::string> guest_names() {
  // Those of tests/guest, and the larger programs of this directory.
  std::istringstream words(STRONGROOM_TEST_GUEST_NAMES " sqlite crypto standard_library");
  return {std::istream_iterator<std::string>(words), {}};
}

INSTANTIATE_TEST_SUITE_P(Tees, Guest, testing::Combine(kTees, testing::ValuesIn(guest_names())),
                         [](const auto& info) {
                           return std::string(host::to_string(std::get<0>(info.param))) + "_" +
                                  std::get<1>(info.param);
                         });

}  // namespace
}  // namespace strongroom::tee_test
