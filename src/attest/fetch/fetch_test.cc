// Against a server of the same paths as PCCS and AMD's KDS, on this machine.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "attest/command/input.h"
#include "attest/fetch/cache.h"
#include "attest/fetch/collateral_command.h"
#include "attest/testing/amd_world.h"
#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"
#include "base/encoding.h"
#include "base/file.h"

namespace strongroom::attest::fetch {
namespace {

using testing::build;

struct Page {
  std::string body, chain_header, chain;
};

class Fetch : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("strongroom_fetch_{}_{}", getpid(),
                             ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    http_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests_;
      const auto page = pages_.find(request.target);
      if (page == pages_.end()) {
        response.status = 404;
        return;
      }
      const std::string etag = fmt::format("\"{}\"", std::hash<std::string>{}(page->second.body));
      response.set_header("ETag", etag);
      if (request.get_header_value("If-None-Match") == etag) {
        ++unchanged_;
        response.status = 304;
        return;
      }
      if (!page->second.chain.empty())
        response.set_header(page->second.chain_header.c_str(), page->second.chain);
      response.set_content(page->second.body, "application/octet-stream");
    });
    port_ = http_.bind_to_any_port("127.0.0.1");
    ASSERT_GT(port_, 0);
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    while (!http_.is_running()) std::this_thread::yield();
    servers_.pcs = servers_.kds = fmt::format("http://127.0.0.1:{}", port_);
    servers_.is_pccs = true;
  }
  void TearDown() override {
    http_.stop();
    thread_.join();
    std::filesystem::remove_all(directory_);
  }

  void serve(const std::string& path, const Bytes& body, const std::string& header = "",
             const std::string& chain = "") {
    std::string encoded;
    for (const char c : chain) encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    pages_[path] = {std::string(as_text(body)), header, encoded};
  }
  std::map<std::string, FetchReport> filled(const Bytes& evidence, std::chrono::seconds maximum_age) {
    FetchOptions options{time_, maximum_age};
    std::map<std::string, FetchReport> out;
    auto reports = fill(directory_, sources_of(evidence, servers_).value().sources, options);
    EXPECT_TRUE(reports);
    if (reports)
      for (FetchReport& report : *reports) out[report.file] = report;
    return out;
  }
  VerificationResult verified(const Bytes& evidence, VerificationOptions options) {
    Collateral collateral;
    std::vector<std::string> passed_over;
    EXPECT_TRUE(add_collateral(collateral, directory_, passed_over));
    EXPECT_TRUE(passed_over.empty());
    options.collateral = &collateral;
    return verify(evidence, options);
  }

  std::filesystem::path directory_;
  httplib::Server http_;
  std::thread thread_;
  int port_ = 0;
  std::map<std::string, Page> pages_;
  std::atomic<int> requests_ = 0, unchanged_ = 0;
  Servers servers_;
  Time time_;
};

Bytes file_of(const std::vector<std::pair<std::string, Bytes>>& files, std::string_view name) {
  for (const auto& [file, content] : files)
    if (file == name) return content;
  return {};
}

class FetchIntel : public Fetch {
 protected:
  void SetUp() override {
    Fetch::SetUp();
    made_ = build(testing::good_intel(4, true, false));
    time_ = made_->options.time;
    const std::string chain =
        testing::pem(file_of(made_->files, "signing")) + testing::pem(file_of(made_->files, "root"));
    serve("/tdx/certification/v4/tcb?fmspc=00906ea10000", file_of(made_->files, "tcb_info"),
          "TCB-Info-Issuer-Chain", chain);
    serve("/tdx/certification/v4/qe/identity", file_of(made_->files, "qe_identity"),
          "SGX-Enclave-Identity-Issuer-Chain", chain);
    serve("/sgx/certification/v4/pckcrl?ca=platform&encoding=der", file_of(made_->files, "platform_crl"),
          "SGX-PCK-CRL-Issuer-Chain", chain);
    serve("/sgx/certification/v4/rootcacrl", to_bytes(as_bytes(to_hex(file_of(made_->files, "root_crl")))));
  }
  std::unique_ptr<testing::IntelCase> made_;
};

TEST_F(FetchIntel, FillsADirectoryWithWhichTheQuoteIsAccepted) {
  for (const auto& [file, report] : filled(made_->evidence, std::chrono::hours(24)))
    EXPECT_EQ(report.outcome, Fetched::kNew) << file << ": " << report.why;
  testing::expect(verified(made_->evidence, made_->options), {Verdict::kAccepted});
}

TEST_F(FetchIntel, AsksNoSecondTimeWhileItIsYoungAndThenByEtag) {
  filled(made_->evidence, std::chrono::hours(24));
  const int before = requests_;
  for (const auto& [file, report] : filled(made_->evidence, std::chrono::hours(24)))
    EXPECT_EQ(report.outcome, Fetched::kCurrent) << file;
  EXPECT_EQ(requests_, before);
  time_ += std::chrono::hours(25);
  for (const auto& [file, report] : filled(made_->evidence, std::chrono::hours(24)))
    EXPECT_EQ(report.outcome, Fetched::kUnchanged) << file << report.why;
  EXPECT_EQ(unchanged_, 4);
}

TEST_F(FetchIntel, AsksAnewForWhatHasExpired) {
  filled(made_->evidence, std::chrono::hours(24));
  time_ += std::chrono::days(60);
  const int before = requests_;
  filled(made_->evidence, std::chrono::days(365));
  EXPECT_EQ(requests_, before + 4);
}

TEST_F(FetchIntel, KeepsTheNewerOfTwoDocuments) {
  filled(made_->evidence, std::chrono::seconds(0));
  testing::IntelSpec older = testing::good_intel(4, true, false);
  older.tcb_evaluation_number = 16;
  const auto rolled_back = build(older);
  serve("/tdx/certification/v4/tcb?fmspc=00906ea10000", file_of(rolled_back->files, "tcb_info"));
  const auto reports = filled(made_->evidence, std::chrono::seconds(0));
  const FetchReport& report = reports.at("tdx-tcb-00906ea10000.json");
  EXPECT_EQ(report.outcome, Fetched::kFailed);
  EXPECT_NE(report.why.find("older"), std::string::npos) << report.why;
  EXPECT_EQ(read_file(directory_ / report.file).value(), file_of(made_->files, "tcb_info"));
}

TEST_F(FetchIntel, WritesNothingThatIsNoCollateral) {
  serve("/tdx/certification/v4/qe/identity", to_bytes(as_bytes("<html>log in</html>")));
  serve("/sgx/certification/v4/pckcrl?ca=platform&encoding=der", Bytes{0x30, 0x03, 1, 2, 3});
  pages_.erase("/sgx/certification/v4/rootcacrl");
  const auto reports = filled(made_->evidence, std::chrono::hours(24));
  for (const char* file : {"tdx-qe-identity.json", "pck-platform.crl", "intel-root.crl"}) {
    EXPECT_EQ(reports.at(file).outcome, Fetched::kFailed) << file;
    EXPECT_FALSE(std::filesystem::exists(directory_ / file));
  }
  EXPECT_EQ(reports.at("tdx-tcb-00906ea10000.json").outcome, Fetched::kNew);
}

TEST_F(FetchIntel, SaysThatAServerIsGoneAndKeepsWhatIsThere) {
  filled(made_->evidence, std::chrono::hours(24));
  http_.stop();
  for (const auto& [file, report] : filled(made_->evidence, std::chrono::seconds(0))) {
    EXPECT_EQ(report.outcome, Fetched::kFailed) << file;
    EXPECT_NE(report.why.find("still valid"), std::string::npos) << report.why;
  }
  testing::expect(verified(made_->evidence, made_->options), {Verdict::kAccepted});
}

TEST_F(FetchIntel, SurvivesAMemoryThatIsDamaged) {
  filled(made_->evidence, std::chrono::hours(24));
  ASSERT_TRUE(write_file(directory_ / "fetched.json",
                         as_bytes(R"({"intel-root.crl":{"fetched":"x","etag":7,"url":[]}})")));
  for (const auto& [file, report] : filled(made_->evidence, std::chrono::hours(24)))
    EXPECT_EQ(report.outcome, Fetched::kNew) << file << report.why;
}

TEST_F(FetchIntel, AsACommandTellsWhatItDid) {
  std::filesystem::create_directories(directory_);
  const auto quote = directory_.string() + ".quote";
  ASSERT_TRUE(write_file(quote, made_->evidence));
  FetchCommand command{{quote}, directory_, servers_.pcs + "/", std::nullopt, false};
  std::ostringstream out;
  // Judged at the time of the clock, the example's documents have expired; they are fetched nevertheless.
  EXPECT_EQ(run(command, out).value(), 0) << out.str();
  EXPECT_NE(out.str().find("new        tdx-tcb-00906ea10000.json"), std::string::npos) << out.str();
  std::filesystem::remove(quote);
  out.str("");
  EXPECT_EQ(run(InspectCommand{directory_, "2026-03-01T00:00:00Z", true}, out).value(), 0) << out.str();
  EXPECT_EQ(run(InspectCommand{directory_, "2027-01-01T00:00:00Z", true}, out).value(), 1);
  EXPECT_NE(out.str().find("STALE         tdx-tcb-00906ea10000.json"), std::string::npos) << out.str();
  out.str("");
  EXPECT_EQ(run(InspectCommand{directory_, "2027-01-01T00:00:00Z", false}, out).value(), 0);
  EXPECT_NE(out.str().find("TDX TCB info for FMSPC 00906ea10000, evaluation 17"), std::string::npos)
      << out.str();
  command.pccs = "file:///etc";
  EXPECT_FALSE(run(command, out));
}

class FetchAmd : public Fetch {};

TEST_F(FetchAmd, FindsTheChipsKeyAtItsTcb) {
  for (const char* product : {"Milan", "Turin"}) {
    const bool turin = product == std::string("Turin");
    testing::AmdSpec spec = testing::good_amd(turin ? 5 : 2, product, false);
    spec.collateral = {"key", "ask", "ark", "ask_crl", "ark_crl"};
    const auto made = build(spec);
    time_ = spec.now;
    const std::string base = std::string("/vcek/v1/") + product + "/";
    const std::string chip = to_hex(Bytes(turin ? 8 : 64, 0x1d));
    serve(base + chip + "?" + (turin ? "fmcSPL=01&" : "") + "blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115",
          file_of(made->files, "key"));
    serve(base + "cert_chain", to_bytes(as_bytes(testing::pem(file_of(made->files, "ask")) +
                                                 testing::pem(file_of(made->files, "ark")))));
    serve(base + "crl", file_of(made->files, "ark_crl"));
    for (const auto& [file, report] : filled(made->evidence, std::chrono::hours(24)))
      // Version 2 does not name its product: Genoa's files are asked for, too.
      EXPECT_TRUE(report.outcome == Fetched::kNew || file.find("Genoa") != std::string::npos)
          << file << ": " << report.why;
    testing::expect(verified(made->evidence, made->options), {Verdict::kAccepted});
    std::filesystem::remove_all(directory_);
  }
}

TEST(Sources, SayWhatCannotBeFetched) {
  const auto vlek = sources_of(build(testing::good_amd(3, "Milan", true))->evidence, {});
  ASSERT_TRUE(vlek);
  EXPECT_NE(vlek->notes.at(0).find("VLEK"), std::string::npos);
  EXPECT_EQ(vlek->sources.at(0).url, "https://kdsintf.amd.com/vlek/v1/Milan/cert_chain");
  EXPECT_FALSE(sources_of(Bytes{1, 2, 3}, {}));
}

TEST(Sources, OfAQuoteThatOnlyNamesItsPlatformIncludeThePckOfAPccs) {
  testing::IntelSpec spec = testing::good_intel(3, false, false);
  spec.certification_type = 3;
  auto evidence = build(spec)->evidence;
  Servers pccs{"http://pccs", true, ""};
  const auto sources = sources_of(evidence, pccs);
  ASSERT_TRUE(sources) << sources.error().message;
  EXPECT_NE(sources->sources.back().url.find("http://pccs/sgx/certification/v4/pckcert?qeid="),
            std::string::npos);
  EXPECT_EQ(sources_of(evidence, {})->sources.back().url,
            "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
}

}  // namespace
}  // namespace strongroom::attest::fetch
