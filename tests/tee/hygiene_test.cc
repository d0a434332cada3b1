// Entry hygiene: after system calls, faults and signals a program finds every register again
// (guest/hygiene.cc).
#include <gmock/gmock.h>

#include "image/inspect.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

const char* const kProgram = STRONGROOM_TEST_PROGRAMS "/hygiene";

// What the cases are about: without both kinds of site they would say nothing.
TEST(HygieneProgram, HoldsRewrittenAndTrappingSites) {
  const Bytes file = build(kProgram);
  const auto report = image::inspect(image::ImageView::parse(file).value()).value();
  std::set<std::string> trapping;
  for (const auto& site : report.sites.trapping_syscalls) trapping.insert(site.function);
  for (const char* call : {"getpid", "write", "tkill", "futex"}) {
    EXPECT_EQ(trapping.count(std::string("probe_trapped_") + call), 1u) << call;
    EXPECT_EQ(trapping.count(std::string("probe_rewritten_") + call), 0u) << call;
  }
  for (const auto& site : report.sites.others.at("cpuid")) EXPECT_NE(site.function, "probe_rewritten_cpuid");
}

class Hygiene : public InTee {};

TEST_P(Hygiene, EveryRegisterSurvivesSystemCallsFaultsAndSignals) {
  const bool without_page_fault = faults_go_unreported(GetParam());
  if (without_page_fault) setenv("WITHOUT_PAGE_FAULT", "1", 1);
  const Finished natively = run_natively(kProgram, {});
  if (natively.end.status == 77) GTEST_SKIP() << "this processor has no AVX2";
  ASSERT_EQ(natively.end.status, 0) << natively;
  const host::Image image = image_of(kProgram, [&](image::Manifest& manifest) {
    if (without_page_fault) manifest.environment = {{"WITHOUT_PAGE_FAULT", "1"}};
  });
  const Finished inside = run(image, {.tee = GetParam()});
  EXPECT_EQ(inside.output, natively.output);
  EXPECT_EQ(inside.end.status, 0) << inside;
}

INSTANTIATE_TEST_SUITE_P(Tees, Hygiene, kTees, tee_name);

}  // namespace
}  // namespace strongroom::tee_test
