#include "attest/command/input.h"

#include <fmt/format.h>

#include <array>
#include <iostream>

#include "attest/format.h"
#include "attest/wrapping/wrapping_format.h"
#include "base/file.h"
#include "crypto/pem.h"

namespace strongroom::attest {
namespace {

constexpr size_t kMaximumEvidence = size_t{16} << 20;
constexpr size_t kMaximumCollateral = size_t{64} << 20;

// No more of it than may be, for it may never end.
Result<Bytes> read_standard_input() {
  Bytes content;
  std::array<char, 65536> part;
  do {
    std::cin.read(part.data(), part.size());
    content.insert(content.end(), part.begin(), part.begin() + std::cin.gcount());
    if (content.size() > kMaximumEvidence)
      return fail(ErrorCode::kResourceExhausted, "evidence is larger than 16 MiB");
  } while (std::cin);
  return content;
}

// Test data of some projects begin with lines of comment, whatever follows.
Bytes without_comment(Bytes content) {
  if (content.empty() || content.front() != '#' || detect(content) != nullptr) return content;
  std::string_view rest = as_text(content);
  while (rest.starts_with('#') && rest.find('\n') != std::string_view::npos)
    rest.remove_prefix(rest.find('\n') + 1);
  return to_bytes(as_bytes(rest));
}

}  // namespace

Bytes plain_evidence(Bytes content) {
  return wrapping::without_text(without_comment(std::move(content)));
}

Result<Bytes> read_evidence(const std::filesystem::path& path) {
  return without_comment(TRY(path == "-" ? read_standard_input() : read_file(path, kMaximumEvidence)));
}

Result<void> add_roots(ByteView content, const std::string& name, VerificationOptions& options) {
  std::vector<crypto::Certificate> certificates;
  if (auto one = crypto::Certificate::from_der(content)) {
    certificates.push_back(std::move(*one));
  } else {
    certificates = TRY_IN(name, crypto::certificates_from_pem(content));
  }
  for (const crypto::Certificate& certificate : certificates) {
    if (!certificate.self_issued())
      return fail(ErrorCode::kInvalidArgument,
                  name + ": " + certificate.subject() + " is no root: another authority issued it");
    options.extra_roots.push_back({name, certificate.key_fingerprint()});
  }
  return {};
}

Result<void> add_collateral(Collateral& collateral, const std::filesystem::path& path,
                            std::vector<std::string>& passed_over) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& entry : std::filesystem::directory_iterator(path, error))
      if (entry.is_regular_file(error)) files.push_back(entry.path());
    if (error)
      return fail(ErrorCode::kNotFound,
                  fmt::format("cannot read the directory {}: {}", path.string(), error.message()));
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  for (const std::filesystem::path& file : files) {
    const Bytes content = TRY(read_file(file, kMaximumCollateral));
    if (const auto kinds = collateral.add(content, file.string()); !kinds)
      passed_over.push_back(kinds.error().message);
  }
  return {};
}

}  // namespace strongroom::attest
