// A table of made cases: each is good evidence with one change, and what must come of it. Test code only.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "attest/testing/expectation.h"

namespace strongroom::attest::testing {

inline constexpr auto kAccepted = Verdict::kAccepted;
inline constexpr auto kRefused = Verdict::kRefused;
inline constexpr auto kMalformed = Verdict::kMalformed;
inline constexpr auto kUndetermined = Verdict::kUndetermined;

template <typename Spec>
struct Case {
  std::string name;
  std::function<void(Spec&)> change;
  Expectation wanted;
};

// Cases of evidence that is made from a Spec. What a Spec is made into: a function VerificationResult(const
// Spec&), or build(Spec), whose result has evidence and options.
template <typename Spec>
class Cases {
 public:
  explicit Cases(Spec good) : good_(std::move(good)) {}
  Cases(Spec good, std::vector<Case<Spec>> cases) : good_(std::move(good)), all_(std::move(cases)) {}

  void add(std::string name, std::function<void(Spec&)> change, Expectation wanted) {
    all_.push_back({std::move(name), std::move(change), std::move(wanted)});
  }
  // A case that sets a member of Spec, such as one of its hooks.
  template <typename Member, typename Value>
  void set(std::string name, Member Spec::*member, Value value, Expectation wanted) {
    add(
        std::move(name), [member, value = std::move(value)](Spec& spec) { spec.*member = value; },
        std::move(wanted));
  }

  void run() const {
    run([](const Spec& spec) {
      const auto built = build(spec);
      return verify(built->evidence, built->options);
    });
  }
  template <typename Judge>
  void run(Judge&& judge) const {
    for (const Case<Spec>& one : all_) {
      SCOPED_TRACE(one.name);
      Spec spec = good_;
      one.change(spec);
      expect(judge(spec), one.wanted);
    }
    // Counted by --gtest_output, see docs/attest.md.
    ::testing::Test::RecordProperty("cases", std::to_string(all_.size()));
  }

 private:
  Spec good_;
  std::vector<Case<Spec>> all_;
};

}  // namespace strongroom::attest::testing
