#include "attest/tests/vectors.h"

#include <cstdlib>
#include <fstream>

#include "attest/rfc3339.h"
#include "base/file.h"

namespace strongroom::attest::vectors {

std::filesystem::path root() {
  if (const char* chosen = std::getenv("STRONGROOM_VECTORS")) return chosen;
  const std::filesystem::path repository = STRONGROOM_SOURCE;
  for (const char* beside : {"../shared/vectors", "../../shared/vectors"})
    if (std::filesystem::is_directory(repository / beside)) return repository / beside;
  return {};
}

std::vector<Row> table(const std::string& path) {
  std::ifstream file(root() / path);
  std::vector<Row> rows;
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields;
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    if (names.empty()) {
      names = fields;
      continue;
    }
    Row row;
    for (size_t i = 0; i < names.size(); ++i) row[names[i]] = i < fields.size() ? fields[i] : "";
    rows.push_back(std::move(row));
  }
  return rows;
}

Bytes bytes(const std::string& path) {
  auto content = read_file(root() / path);
  if (!content) {
    ADD_FAILURE() << content.error().message;
    return {};
  }
  return std::move(*content);
}

void add(Collateral& collateral, const std::string& path) {
  if (std::filesystem::is_directory(root() / path)) {
    for (const auto& entry : std::filesystem::directory_iterator(root() / path))
      add(collateral, path + "/" + entry.path().filename().string());
    return;
  }
  const auto kinds = collateral.add(bytes(path), path);
  EXPECT_TRUE(kinds.has_value()) << kinds.error().message;
}

Time time(const std::string& rfc3339) {
  const auto time = parse_rfc3339(rfc3339);
  EXPECT_TRUE(time.has_value()) << rfc3339;
  return time.value_or(Time{});
}

std::string trouble(const VerificationResult& result) {
  std::string out;
  for (const Finding& finding : result.findings)
    if (finding.outcome != Outcome::kPassed && finding.outcome != Outcome::kNotApplicable)
      out += finding.check + ": " + std::string(to_string(finding.outcome)) + ": " + finding.why + "\n";
  for (const VerificationResult& layer : result.layers) out += trouble(layer);
  return out;
}

}  // namespace strongroom::attest::vectors
