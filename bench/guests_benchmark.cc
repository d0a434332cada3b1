// What ordinary programs lose in each TEE: computing, system calls, handing over between threads. Every round
// runs each program natively and in every TEE that this machine has, one after the other, and another one
// first than the round before; the figures are medians over rounds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "kvm_floor.h"
#include "program.h"
#include "report.h"
#include "session.h"
#include "tee/platform.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;

constexpr size_t kRounds = 5;
// What computing loses is less than what one run differs from the next on a machine with neighbours.
constexpr size_t kComputeRounds = 21;

// All that one program printed over the rounds, by the name of the value.
using Samples = std::map<std::string, std::vector<double>>;

Result<void> sample(const std::vector<std::string>& command, Samples& samples) {
  for (const auto& [name, value] : TRY(parse_values(TRY(output_of(command))))) samples[name].push_back(value);
  return {};
}

std::vector<std::string> usable_tees() {
  const tee::Platform platform = tee::probe_platform();
  std::vector<std::string> names;
  for (const tee::TeeKind kind : tee::kTeeKinds)
    if (tee::assess(kind, platform).usable) names.emplace_back(to_string(kind));
  return names;
}

class Session {
 public:
  Session(std::filesystem::path build, std::vector<std::string> tees)
      : build_(std::move(build)), tees_(std::move(tees)) {}

  // Runs the guest natively and in each TEE.
  Result<void> round(const std::string& guest, size_t number) {
    const std::string program = build_ / "bench/guest" / guest;
    for (size_t i = 0; i <= tees_.size(); ++i) {
      const size_t place = (number + i) % (tees_.size() + 1);
      if (place == tees_.size()) {
        TRY_IN(guest, sample({program}, native_[guest]));
        continue;
      }
      const std::string& tee = tees_[place];
      TRY_IN(guest + " in " + tee,
             sample({build_ / "src/cli/strongroom", "run", "--tee", tee, program}, in_tee_[tee][guest]));
    }
    return {};
  }
  Result<void> native_only(const std::string& guest) {
    return sample({build_ / "bench/guest" / guest}, native_[guest]);
  }

  [[nodiscard]] double native(const std::string& guest, const std::string& value) const {
    return median(native_.at(guest).at(value));
  }
  [[nodiscard]] double in_tee(const std::string& tee, const std::string& guest,
                              const std::string& value) const {
    return median(in_tee_.at(tee).at(guest).at(value));
  }
  [[nodiscard]] bool has(const std::string& tee) const {
    return std::find(tees_.begin(), tees_.end(), tee) != tees_.end();
  }
  [[nodiscard]] const std::vector<std::string>& tees() const { return tees_; }

 private:
  std::filesystem::path build_;
  std::vector<std::string> tees_;
  std::map<std::string, Samples> native_;
  std::map<std::string, std::map<std::string, Samples>> in_tee_;
};

// `vm_traps`: what a trap costs in a virtual machine whose ring 0 does nothing but go back, in nanoseconds.
std::vector<Row> rows_of(const Session& session, const std::vector<double>& vm_traps) {
  std::vector<Row> rows;
  for (const std::string& tee : session.tees()) {
    for (const char* kernel : {"sha256", "matrix_product", "hash_map", "allocation", "sort"})
      rows.push_back(make_row(fmt::format("compute/{}", kernel), tee, session.in_tee(tee, "compute", kernel),
                              "ns", session.native("compute", kernel), Bound::kAtLeast, 0.97));
    const double trap = session.in_tee(tee, "syscall", "trap");
    const auto trapped = [&](const std::string& name, double floor) {
      rows.push_back(make_row("syscall/trapped_getpid" + name, tee, trap, "ns", floor, Bound::kAtMost, 1.5));
    };
    if (tee == "vm") {
      trapped("", median(vm_traps));
    } else {
      // The guardian has the ptrace slot, and a signal stops at it first: the floor is a traced process whose
      // tracer is where the guardian goes, on the same processor. The others tell what that costs and saves.
      trapped("", session.native("trap_floor", "traced_trap_beside"));
      trapped("_against_tracer_apart", session.native("trap_floor", "traced_trap_apart"));
      trapped("_against_untraced", session.native("trap_floor", "trap"));
    }
    rows.push_back(make_row("syscall/rewritten_getpid", tee, session.in_tee(tee, "syscall", "libc"), "ns",
                            session.native("syscall", "libc"), Bound::kAtMost, 1));
    rows.push_back(make_row("futex/handover", tee, session.in_tee(tee, "futex", "handover"), "ns",
                            session.native("futex", "handover"), Bound::kAtMost, 2));
  }
  return rows;
}

Result<void> run(const std::filesystem::path& build, const std::filesystem::path& output) {
  Session session(build, usable_tees());
  std::vector<double> vm_traps;
  for (size_t round = 0; round < kComputeRounds; ++round) {
    fmt::print(stderr, "programs in TEEs: round {} of {}\n", round + 1, kComputeRounds);
    TRY(session.round("compute", round));
    if (round >= kRounds) continue;
    for (const char* guest : {"syscall", "futex"}) TRY(session.round(guest, round));
    TRY(session.native_only("trap_floor"));
    if (session.has("vm")) vm_traps.push_back(TRY(bare_trap()));
  }
  return write_rows(output, rows_of(session, vm_traps));
}

}  // namespace

int main(int argc, char** argv) {
  return strongroom::bench::session_main(argc, argv, run);
}
