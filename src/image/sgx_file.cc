#include "image/sgx_file.h"

#include <algorithm>

#include "image/intel_enclave.h"

namespace strongroom::image {
namespace {

struct SignedSection {
  std::string_view name;
  SgxFileKind kind;
};
constexpr SignedSection kSections[] = {{".note.sgxmeta", SgxFileKind::kIntelSdk},
                                       {".oeinfo", SgxFileKind::kOpenEnclave}};

// The SIGSTRUCT in a section is found by its two constant headers: the structures around it changed with the
// versions of the tools. Nothing where there is none that is whole.
std::optional<arch::Sigstruct> find_sigstruct(ByteView section) {
  const ByteView header(arch::kSigstructHeader);
  for (auto at = section.begin();; ++at) {
    at = std::search(at, section.end(), header.begin(), header.end());
    if (static_cast<size_t>(section.end() - at) < sizeof(arch::Sigstruct)) return {};
    arch::Sigstruct found;
    std::memcpy(&found, &*at, sizeof(found));
    if (std::equal(std::begin(found.header2), std::end(found.header2), std::begin(arch::kSigstructHeader2)))
      return found;
  }
}

// A file that cannot be measured still has an identity that it claims.
void measure(SgxReport& report, const ElfFile& elf, ByteView section, uint64_t most_hashed) {
  if (report.kind == SgxFileKind::kOpenEnclave) {
    report.not_measured = "not recomputed for this kind of file";
    return;
  }
  auto contents = measure_intel_enclave(elf, section, most_hashed);
  if (contents)
    report.contents = *contents;
  else
    report.not_measured = "not recomputed: " + contents.error().message;
}

Result<SgxReport> inspect_elf(ByteView file, uint64_t most_hashed) {
  const auto elf = TRY(ElfFile::parse(file));
  const auto sections = TRY(elf.sections());
  for (const SignedSection& known : kSections) {
    const auto section = std::find_if(sections.begin(), sections.end(),
                                      [&](const ElfSection& one) { return one.name == known.name; });
    if (section == sections.end()) continue;
    SgxReport report;
    report.kind = known.kind;
    report.sigstruct = find_sigstruct(section->contents);
    measure(report, elf, section->contents, most_hashed);
    return report;
  }
  return fail(
      ErrorCode::kMalformed,
      "not an SGX enclave: the ELF file has neither a section .note.sgxmeta (Intel SDK) nor .oeinfo (Open "
      "Enclave)");
}

bool is_sigstruct(ByteView file) {
  return file.size() == sizeof(arch::Sigstruct) &&
         equal(file.first(sizeof(arch::kSigstructHeader)), arch::kSigstructHeader);
}

SgxReport inspect_sigstruct(ByteView file) {
  SgxReport report;
  report.kind = SgxFileKind::kSigstruct;
  report.sigstruct.emplace();
  std::memcpy(&*report.sigstruct, file.data(), sizeof(arch::Sigstruct));
  report.not_measured = "not recomputed: the file is the signature alone";
  return report;
}

Result<SgxReport> inspect_stream(ByteView file, ByteView signature) {
  SgxReport report;
  report.contents = TRY(read_sgx_stream(file));
  if (signature.empty()) return report;
  ByteReader reader(signature);
  report.sigstruct = TRY(reader.object<arch::Sigstruct>("SIGSTRUCT"));
  TRY(reader.expect_end("SIGSTRUCT"));
  return report;
}

Result<SgxReport> inspect_by_kind(ByteView file, ByteView signature, uint64_t most_hashed) {
  constexpr uint8_t kElfMagic[] = {0x7f, 'E', 'L', 'F'};
  const bool is_elf = file.size() >= sizeof(kElfMagic) && equal(file.first(sizeof(kElfMagic)), kElfMagic);
  if (!is_elf && !is_sigstruct(file)) return inspect_stream(file, signature);
  if (!signature.empty())
    return fail(ErrorCode::kInvalidArgument,
                "the file has its signature inside; another one is for .sgxs files only");
  if (is_elf) return inspect_elf(file, most_hashed);
  return inspect_sigstruct(file);
}

}  // namespace

std::string_view to_string(SgxFileKind kind) {
  switch (kind) {
    case SgxFileKind::kStream:
      return "SGXS stream";
    case SgxFileKind::kSigstruct:
      return "SIGSTRUCT";
    case SgxFileKind::kIntelSdk:
      return "enclave of Intel's SDK";
    case SgxFileKind::kOpenEnclave:
      return "enclave of Open Enclave";
  }
  return "";
}

std::optional<bool> SgxReport::measurement_matches() const {
  if (!contents || !sigstruct) return {};
  return arch::enclave_measurement(*sigstruct) == contents->measurement;
}

bool SgxReport::holds() const {
  const bool measurable = kind == SgxFileKind::kStream || kind == SgxFileKind::kIntelSdk;
  return sigstruct && !fault && measurement_matches().value_or(!measurable);
}

Result<SgxReport> inspect_sgx(ByteView file, ByteView signature, uint64_t most_hashed) {
  SgxReport report = TRY(inspect_by_kind(file, signature, most_hashed));
  if (report.sigstruct) report.fault = arch::find_fault(*report.sigstruct);
  return report;
}

}  // namespace strongroom::image
