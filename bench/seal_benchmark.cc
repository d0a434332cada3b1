// Sealing and unsealing 1 MiB inside an enclave, against OpenSSL's AES-256-GCM outside. Each round runs both,
// one after the other; the figures are medians over rounds.
#include "program.h"
#include "report.h"
#include "session.h"
#include "tee/platform.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;

constexpr int kRounds = 9;

Result<void> run(const std::filesystem::path& build, const std::filesystem::path& output) {
  const std::string program = build / "bench/guest/seal";
  const tee::Platform platform = tee::probe_platform();
  std::vector<std::string> tees;
  for (const tee::TeeKind kind : tee::kTeeKinds)
    if (tee::assess(kind, platform).usable) tees.emplace_back(to_string(kind));

  // By the name of the value, "" being outside.
  std::map<std::string, std::map<std::string, std::vector<double>>> samples;
  const auto sample = [&](const std::string& where, const std::vector<std::string>& command) -> Result<void> {
    for (const auto& [name, value] : TRY(parse_values(TRY(output_of(command)))))
      samples[where][name].push_back(value);
    return {};
  };
  for (int round = 0; round < kRounds; ++round) {
    TRY(sample("", {program}));
    for (const std::string& tee : tees)
      TRY_IN("sealing in " + tee, sample(tee, {build / "src/cli/strongroom", "run", "--tee", tee, program}));
  }
  std::vector<Row> rows;
  for (const std::string& tee : tees)
    for (const char* what : {"seal", "unseal"})
      rows.push_back(make_row(std::string(what) + "/1_mib", tee, median(samples[tee][what]), "ns",
                              median(samples[""][what]), Bound::kAtLeast, 0.95));
  return write_rows(output, rows);
}

}  // namespace

int main(int argc, char** argv) {
  return session_main(argc, argv, run);
}
