#include "attest/explore/service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/explore/assets.h"
#include "base/encoding.h"

namespace strongroom::attest::explore {
namespace {

using Json = nlohmann::json;

Json example(std::string_view name) {
  for (const Asset& asset : assets())
    if (asset.name == "examples/" + std::string(name) + ".json") return Json::parse(asset.content);
  ADD_FAILURE() << name;
  return {};
}

Json verified(const Json& request) {
  const auto answer = verify_request(request.dump());
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? Json::parse(*answer) : Json();
}

void expect_inside(const Json& fields, size_t size) {
  for (const Json& field : fields) {
    EXPECT_LE(field["offset"].get<size_t>() + field["size"].get<size_t>(), size) << field["name"];
    if (field.contains("children")) expect_inside(field["children"], size);
  }
}

TEST(Service, GivesEveryExampleItsVerdict) {
  for (const auto& [name, verdict, authentic] : {std::tuple{"sgx", "accepted", true},
                                                 {"tdx-out-of-date", "refused", true},
                                                 {"snp", "accepted", true},
                                                 {"snp-debug", "refused", true},
                                                 {"nitro", "accepted", true},
                                                 {"nitro-forged", "refused", false},
                                                 {"sgx-missing", "undetermined", true}}) {
    const Json request = example(name);
    const Json answer = verified(request);
    EXPECT_EQ(answer["result"]["verdict"], verdict) << name << answer["result"].dump(1);
    EXPECT_EQ(answer["result"]["authentic"], authentic) << name;
    EXPECT_EQ(answer["policy"]["good"], true) << name;
    EXPECT_EQ(answer["evidence"], request["evidence"]) << name;
    EXPECT_FALSE(answer["result"]["chains"].empty()) << name;
    EXPECT_GT(answer["structure"].size(), 0U);
    expect_inside(answer["structure"], from_base64(request["evidence"].get<std::string>())->size());
  }
}

TEST(Service, NamesTheLineOfAPolicysErrorAndJudgesWithoutIt) {
  Json request = example("sgx");
  request["policy"] = "version = 1\n[[allow]]\ntea = [\"sgx\"]\n";
  const Json answer = verified(request);
  EXPECT_EQ(answer["policy"]["good"], false);
  EXPECT_EQ(answer["policy"]["line"], 3);
  EXPECT_EQ(answer["policy"]["error"].get<std::string>().find("unknown key"), 0U);
  EXPECT_EQ(answer["result"]["verdict"], "accepted");
}

TEST(Service, NamesCollateralThatIsDamagedAndRootsThatAreNone) {
  Json request = example("sgx");
  request["collateral"].push_back(
      {{"name", "broken"}, {"content", to_base64(as_bytes("-----BEGIN X-----"))}});
  Json other = request["collateral"][1];
  other["name"] = "no root";
  other["root"] = true;
  request["collateral"].push_back(other);
  const Json told = verified(request)["collateral"];
  EXPECT_TRUE(told[told.size() - 2].contains("error")) << told;
  EXPECT_TRUE(told[told.size() - 1].contains("error")) << told;
  EXPECT_TRUE(told[0].contains("kinds"));
}

TEST(Service, FindsFieldsWithTheirPlaces) {
  const Json answer = verified(example("snp"));
  const Json& fields = answer["structure"];
  const auto measurement =
      std::find_if(fields.begin(), fields.end(), [](const Json& f) { return f["name"] == "MEASUREMENT"; });
  ASSERT_NE(measurement, fields.end());
  EXPECT_EQ((*measurement)["offset"], 0x90);
  EXPECT_EQ((*measurement)["size"], 48);
}

TEST(Service, TakesTextFormsOfEvidence) {
  Json request = example("nitro");
  const std::string bytes = request["evidence"];
  request["evidence"] = to_base64(as_bytes(to_hex(*from_base64(bytes))));
  EXPECT_EQ(verified(request)["evidence"], bytes);
  // JSON stays as it is: what else it says is judged each time.
  const std::string json = Json{{"document", bytes}}.dump();
  request["evidence"] = to_base64(as_bytes(json));
  EXPECT_EQ(verified(request)["evidence"], request["evidence"]);
  EXPECT_EQ(verified(request)["result"]["format"], "json/nitro-document");
}

TEST(Service, RecognisesWhatAFileIs) {
  const Json request = example("sgx");
  const auto kind = [](const std::string& name, const Json& content) {
    return Json::parse(recognise_request(Json{{"name", name}, {"content", content}}.dump()).value())["kind"];
  };
  EXPECT_EQ(kind("a", request["evidence"]), "evidence");
  for (const Json& piece : request["collateral"])
    EXPECT_EQ(kind(piece["name"], piece["content"]), "collateral") << piece["name"];
  const std::string json = Json{{"quote", request["evidence"]}}.dump();
  EXPECT_EQ(kind("a", to_base64(as_bytes(json))), "evidence");
  EXPECT_EQ(kind("mine.toml", "AAAA"), "policy");
  EXPECT_EQ(kind("a", "AAAA"), "unknown");
}

}  // namespace
}  // namespace strongroom::attest::explore
