#include "hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "descriptors.h"
#include "process.h"

namespace strongroom::attack {
namespace {

Attempt attempt_one(const Method& method, pid_t process, const std::vector<Pattern>& patterns) {
  const std::string name = describe(process);
  Attempt attempt = method.run(process, patterns);
  attempt.method = method.name;
  attempt.process = name;
  return attempt;
}

}  // namespace

std::vector<Attempt> hunt(const HuntOptions& options) {
  std::vector<Attempt> attempts;
  for (const Method& method : methods()) {
    const auto& chosen = options.methods;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), method.name) == chosen.end()) continue;
    if (method.ends_process && !options.may_end_processes) continue;
    std::vector<pid_t> order = options.processes;
    if (method.ends_process) std::reverse(order.begin(), order.end());
    for (const pid_t process : order)
      if (!has_ended(process)) attempts.push_back(attempt_one(method, process, options.patterns));
  }
  return attempts;
}

Attempt search_after_end(const std::vector<pid_t>& processes, const std::vector<Pattern>& patterns,
                         unsigned seconds) {
  Search search(patterns);
  Refusals refusals;
  std::vector<TakenDescriptor> held;
  for (const pid_t process : processes) {
    auto taken = take_all_descriptors(process);
    if (!taken) continue;
    for (TakenDescriptor& descriptor : *taken) held.push_back(std::move(descriptor));
  }
  // A pipe that is held open would keep a reader waiting for its end.
  std::erase_if(held, [](const TakenDescriptor& descriptor) {
    return descriptor.name.starts_with("pipe:") || descriptor.name.starts_with("socket:");
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const auto alive = [&] { return !std::all_of(processes.begin(), processes.end(), has_ended); };
  while (alive() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));

  Attempt attempt;
  if (alive()) {
    attempt.outcome = Outcome::kRefused;
    attempt.why = fmt::format("the processes have not ended after {} s", seconds);
  } else {
    for (const TakenDescriptor& descriptor : held)
      search_descriptor(descriptor.file.get(), descriptor.name, search, refusals);
    attempt = conclude(search, refusals);
  }
  attempt.method = "after_end";
  attempt.process = "ended";
  return attempt;
}

bool anything_found(const std::vector<Attempt>& attempts) {
  return std::any_of(attempts.begin(), attempts.end(), [](const Attempt& attempt) {
    return attempt.outcome == Outcome::kFound && attempt.method != "write_code";
  });
}

}  // namespace strongroom::attack
