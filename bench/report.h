// The rows of `make bench`: a value measured in a TEE against its floor, measured in the same session. Each
// benchmark program writes a list of rows; bench/table merges the lists into build/bench.json and prints
// them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::bench {

enum class Bound {
  kAtMost,   // ratio = value / floor; for costs
  kAtLeast,  // ratio = floor / value; for "as fast as the floor", value and floor being costs
};

struct Row {
  std::string name;  // for instance "compute/sha256"
  std::string tee;   // "process", "vm"; "host" where no TEE is involved
  double value = 0;
  std::string unit;
  double floor = 0;  // in the same unit
  double ratio = 0;
  Bound bound = Bound::kAtMost;
  double target = 0;  // for the ratio
  bool holds = false;
};

// Computes ratio and holds. A floor or value of 0 does not hold.
Row make_row(std::string name, std::string tee, double value, std::string unit, double floor, Bound bound,
             double target);

// The middle value; the mean of the two middle ones for an even count; 0 for none.
double median(std::vector<double> values);

// The JSON list [{name, tee, value, unit, floor, ratio, target, holds, bound}], bound being "<=" or ">=".
std::string to_json(const std::vector<Row>& rows);
Result<std::vector<Row>> parse_json(std::string_view text);
// The same for people.
std::string to_table(const std::vector<Row>& rows);

Result<void> write_rows(const std::filesystem::path& path, const std::vector<Row>& rows);

}  // namespace strongroom::bench
