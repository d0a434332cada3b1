#include "image/inspect.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "crypto/test_signing_key.h"
#include "image/image_measure.h"
#include "image/sign.h"
#include "image/test_inputs.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;
using testing::Not;

nlohmann::json json_of(const Bytes& file) {
  return nlohmann::json::parse(to_json(inspect(ImageView::parse(file).value()).value()));
}

std::string text_of(const Bytes& file) {
  return to_text(inspect(ImageView::parse(file).value()).value());
}

Bytes weakened_image() {
  Manifest manifest = test_manifest();
  manifest.debug = true;
  manifest.insecure_host_arguments = true;
  manifest.insecure_host_environment = {"TERM", "TZ"};
  return build_image(manifest, test_shapes(), test_kernel(), test_contents()).value().file;
}

TEST(Inspect, IdentityOfAnUnsignedImage) {
  const auto json = json_of(test_image().file);
  EXPECT_EQ(json["mrenclave"], to_hex(measure(ImageView::parse(test_image().file).value()).value()));
  EXPECT_TRUE(json["mrsigner"].is_null());
  EXPECT_EQ(json["signed"], false);
  EXPECT_EQ(json["product_id"], 7);
  EXPECT_EQ(json["svn"], 3);
  EXPECT_EQ(json["debug"], false);
  EXPECT_TRUE(json["insecure"].empty());
  EXPECT_EQ(json["manifest"], test_image().manifest);
}

TEST(Inspect, IdentityOfASignedImage) {
  Bytes file = test_image().file;
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  ASSERT_TRUE(sign_image(file, key, 0x20260101));
  const auto json = json_of(file);
  EXPECT_EQ(json["mrsigner"], to_hex(arch::signer_identity(key.public_key())));
  EXPECT_TRUE(json["signature_fault"].is_null());
  EXPECT_THAT(text_of(file), HasSubstr("signature   good"));
}

TEST(Inspect, ABadSignatureNamesNoSigner) {
  Bytes file = test_image().file;
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  ASSERT_TRUE(sign_image(file, key, 0x20260101));
  file[ImageView::parse(file)->sigstruct_position() + 600] ^= 1;
  const auto json = json_of(file);
  EXPECT_TRUE(json["mrsigner"].is_null());
  EXPECT_EQ(json["signed"], true);
  EXPECT_THAT(json["signature_fault"].get<std::string>(), HasSubstr("signature"));
  EXPECT_THAT(text_of(file), HasSubstr("signature   BAD"));
}

TEST(Inspect, ShowsEverythingThatWeakens) {
  const Bytes file = weakened_image();
  const auto json = json_of(file);
  EXPECT_EQ(json["debug"], true);
  EXPECT_EQ(json["insecure"][0]["key"], "insecure_host_arguments");
  EXPECT_EQ(json["insecure"][0]["value"], "true");
  EXPECT_EQ(json["insecure"][1]["key"], "insecure_host_environment");
  EXPECT_EQ(json["insecure"][1]["value"], "[\"TERM\", \"TZ\"]");
  const std::string text = text_of(file);
  EXPECT_THAT(text, HasSubstr("debug       YES"));
  EXPECT_THAT(text, HasSubstr("INSECURE    insecure_host_arguments = true"));
}

TEST(Inspect, SaysWhetherInterruptionsAreNoticedInSgx) {
  for (const bool asked : {false, true}) {
    Manifest manifest = test_manifest();
    manifest.sgx_aex_notify = asked;
    const Bytes file = build_image(manifest, test_shapes(), test_kernel(), test_contents()).value().file;
    const InspectReport report = inspect(ImageView::parse(file).value()).value();
    EXPECT_EQ(nlohmann::json::parse(to_json(report, true))["sgx"]["aex_notify"], asked);
    EXPECT_THAT(to_text(report, true),
                HasSubstr(asked ? "interruptions: noticed" : "interruptions: not noticed"));
  }
}

TEST(Inspect, SitesAgreeWithTheBuildersReport) {
  const RewritePlan& plan = test_image().rewrite;
  const auto json = json_of(test_image().file);
  const auto& sites = json["sites"];
  EXPECT_EQ(sites["syscall"]["total"], plan.sites.size());
  const auto count_rewritten = [](const std::vector<RewriteSite>& all) {
    return static_cast<size_t>(
        std::count_if(all.begin(), all.end(), [](const RewriteSite& site) { return site.rewritten(); }));
  };
  const size_t syscalls = count_rewritten(plan.sites), cpuids = count_rewritten(plan.cpuid_sites);
  EXPECT_EQ(plan.gates.size(), syscalls + cpuids);
  EXPECT_EQ(sites["syscall"]["rewritten"], syscalls);
  ASSERT_EQ(sites["syscall"]["trapping"].size(), plan.sites.size() - syscalls);
  EXPECT_EQ(sites["syscall"]["trapping"][0]["function"], "__restore_rt");
  EXPECT_EQ(json["rewritten_cpuid"], cpuids);
  EXPECT_EQ(sites["cpuid"].size(), plan.cpuid_sites.size() - cpuids);
  EXPECT_TRUE(sites["rdtsc"].is_array());
}

TEST(Inspect, NoSegmentIsWritableAndExecutable) {
  const auto segments = json_of(test_image().file)["segments"];
  ASSERT_FALSE(segments.empty());
  for (const auto& segment : segments)
    EXPECT_THAT(segment["permissions"].get<std::string>(), Not(HasSubstr("wx")));
}

TEST(Inspect, SegmentsAreNamedByTheirSections) {
  const InspectReport report = inspect(ImageView::parse(test_image().file).value()).value();
  std::vector<std::string> names;
  for (const auto& segment : report.segments) names.push_back(segment.section + " " + segment.permissions);
  EXPECT_THAT(
      names, testing::ElementsAre(".header r--", ".kernel.text r-x", ".kernel.rodata r--", ".kernel.data rw-",
                                  ".boot r--", ".gates r-x", ".program.rodata r--", ".program.text r-x",
                                  ".program.rodata r--", ".program.data rw-", ".tcs tcs", ".ssa rw-",
                                  ".kernel.stack rw-", ".kernel.stack rw-"));
}

// What test_data/forbidden.S has one function of each for, called f_NAME.
constexpr std::pair<const char*, const char*> kForbidden[] = {
    {"cpuid", "served"},
    {"rdtsc", "depends"},
    {"rdtscp", "depends"},
    {"rdpmc", "illegal"},
    {"in", "illegal"},
    {"insb", "illegal"},
    {"insw", "illegal"},
    {"insd", "illegal"},
    {"out", "illegal"},
    {"outsb", "illegal"},
    {"outsw", "illegal"},
    {"outsd", "illegal"},
    {"sgdt", "illegal"},
    {"sidt", "illegal"},
    {"sldt", "illegal"},
    {"str", "illegal"},
    {"smsw", "illegal"},
    {"int", "illegal"},
    {"far call", "illegal"},
    {"far jmp", "illegal"},
    {"far ret", "illegal"},
    {"iretq", "illegal"},
    {"getsec", "illegal"},
    {"sysenter", "illegal"},
    {"vmcall", "illegal"},
    {"vmfunc", "illegal"},
    {"lss", "illegal"},
    {"lfs", "illegal"},
    {"lgs", "illegal"},
    {"mov to segment", "illegal"},
    {"pop to segment", "illegal"},
    {"hlt", "illegal"},
    {"encls", "illegal"},
};

Bytes image_with_forbidden_instructions() {
  const Bytes program = read_file(STRONGROOM_TEST_FORBIDDEN).value();
  return build_image(test_manifest(), program, test_kernel(), test_contents()).value().file;
}

TEST(InspectForSgx, ListsEachInstructionThatSgxRefusesOnceAndNothingElse) {
  const InspectReport report = inspect(ImageView::parse(image_with_forbidden_instructions()).value()).value();
  const auto sgx = nlohmann::json::parse(to_json(report, true))["sgx"];
  size_t all = 0;
  for (const auto& [name, effect] : kForbidden) {
    ASSERT_TRUE(sgx[effect].contains(name)) << name;
    ASSERT_EQ(sgx[effect][name].size(), 1u) << name;
    std::string function = std::string("f_") + name;
    std::replace(function.begin(), function.end(), ' ', '_');
    EXPECT_EQ(sgx[effect][name][0]["function"], function);
    EXPECT_EQ(sgx[effect][name][0]["certain"], true);
    ++all;
  }
  EXPECT_EQ(sgx["served"].size() + sgx["depends"].size() + sgx["illegal"].size(), all) << sgx.dump(1);
}

TEST(InspectForSgx, ListsSystemCallsThatWereNotRewritten) {
  const auto sgx = nlohmann::json::parse(
      to_json(inspect(ImageView::parse(test_image().file).value()).value(), true))["sgx"];
  EXPECT_EQ(sgx["served"]["syscall"][0]["function"], "__restore_rt");
}

TEST(InspectForSgx, IsSaidInWords) {
  const InspectReport report = inspect(ImageView::parse(image_with_forbidden_instructions()).value()).value();
  const std::string text = to_text(report, true);
  EXPECT_THAT(text, HasSubstr("ILLEGAL"));
  EXPECT_THAT(text, HasSubstr("1 sgdt"));
  EXPECT_THAT(to_text(report), Not(HasSubstr("ILLEGAL")));
  EXPECT_FALSE(nlohmann::json::parse(to_json(report)).contains("sgx"));
}

}  // namespace
}  // namespace strongroom::image
