#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace strongroom::bench {

Row make_row(std::string name, std::string tee, double value, std::string unit, double floor, Bound bound,
             double target) {
  Row row{std::move(name), std::move(tee), value, std::move(unit), floor, 0, bound, target, false};
  if (value <= 0 || floor <= 0) return row;
  row.ratio = bound == Bound::kAtMost ? value / floor : floor / value;
  row.holds = bound == Bound::kAtMost ? row.ratio <= target : row.ratio >= target;
  return row;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string to_json(const std::vector<Row>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Row& row : rows)
    list.push_back({{"name", row.name},
                    {"tee", row.tee},
                    {"value", row.value},
                    {"unit", row.unit},
                    {"floor", row.floor},
                    {"ratio", row.ratio},
                    {"target", row.target},
                    {"holds", row.holds},
                    {"bound", row.bound == Bound::kAtMost ? "<=" : ">="}});
  return list.dump(2) + "\n";
}

Result<std::vector<Row>> parse_json(std::string_view text) {
  try {
    std::vector<Row> rows;
    for (const auto& entry : nlohmann::json::parse(text)) {
      const Bound bound = entry.at("bound").get<std::string>() == "<=" ? Bound::kAtMost : Bound::kAtLeast;
      rows.push_back({entry.at("name"), entry.at("tee"), entry.at("value"), entry.at("unit"),
                      entry.at("floor"), entry.at("ratio"), bound, entry.at("target"), entry.at("holds")});
    }
    return rows;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::kMalformed, fmt::format("not a list of benchmark rows: {}", error.what()));
  }
}

std::string to_table(const std::vector<Row>& rows) {
  std::string text = fmt::format("{:<34} {:<8} {:>14} {:>14} {:<6} {:>8} {:>9}  {}\n", "name", "tee", "value",
                                 "floor", "unit", "ratio", "target", "holds");
  for (const Row& row : rows)
    text += fmt::format("{:<34} {:<8} {:>14.6g} {:>14.6g} {:<6} {:>8.3f} {:>9}  {}\n", row.name, row.tee,
                        row.value, row.floor, row.unit, row.ratio,
                        fmt::format("{} {:g}", row.bound == Bound::kAtMost ? "<=" : ">=", row.target),
                        row.holds ? "yes" : "NO");
  return text;
}

Result<void> write_rows(const std::filesystem::path& path, const std::vector<Row>& rows) {
  return write_file(path, as_bytes(to_json(rows)));
}

}  // namespace strongroom::bench
