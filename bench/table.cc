// bench_table OUTPUT.json ROWS.json...: merges the rows of several benchmark programs, writes and prints
// them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/file.h"
#include "report.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;

Result<std::vector<Row>> merge(char** first, char** last) {
  std::vector<Row> rows;
  for (char** path = first; path != last; ++path)
    for (Row& row : TRY_IN(*path, parse_json(as_text(TRY(read_file(*path)))))) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_table OUTPUT.json ROWS.json...\n");
    return 2;
  }
  const auto rows = merge(argv + 2, argv + argc);
  const auto written = rows.and_then([&](const std::vector<Row>& all) { return write_rows(argv[1], all); });
  if (!written) {
    fmt::print(stderr, "bench_table: {}\n", written.error().message);
    return 1;
  }
  fmt::print("{}", to_table(*rows));
  const auto missed = std::count_if(rows->begin(), rows->end(), [](const Row& row) { return !row.holds; });
  fmt::print("\n{} of {} targets hold; written to {}\n", rows->size() - static_cast<size_t>(missed),
             rows->size(), argv[1]);
}
