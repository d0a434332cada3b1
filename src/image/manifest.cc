#include "image/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/image_header.h"
#include "base/encoding.h"
#include "base/file.h"
#include "image/manifest_keys.h"
#include "image/toml_table.h"

namespace strongroom::image {
namespace {

constexpr size_t kMaximumManifest = size_t{4} << 20;

template <typename T>
void set(T& value, std::optional<T> given) {
  if (given) value = std::move(*given);
}

Result<void> parse_enclave(const TomlTable& table, const std::filesystem::path& directory,
                           Manifest& manifest) {
  TRY(table.only({"name", "program", "product_id", "svn", "debug", "family_id", "extended_product_id"}));
  const std::optional<std::string> program = TRY(table.text("program"));
  if (!program || program->empty())
    return table.error("program",
                       "`program` in [enclave] is missing; name a static-pie program: program = \"train\"");
  manifest.program = directory / *program;
  manifest.name = TRY(table.text("name")).value_or(manifest.program.filename().string());
  manifest.product_id = static_cast<uint16_t>(TRY(table.integer("product_id", 0, UINT16_MAX)).value_or(0));
  manifest.svn = static_cast<uint16_t>(TRY(table.integer("svn", 0, UINT16_MAX)).value_or(0));
  set(manifest.debug, TRY(table.boolean("debug")));
  manifest.family_id = TRY(read_kss_id(table, "family_id"));
  manifest.extended_product_id = TRY(read_kss_id(table, "extended_product_id"));
  return {};
}

Result<void> parse_memory(const TomlTable& table, Manifest& manifest) {
  TRY(table.only({"heap_size", "stack_size", "thread_stack_size", "threads", "enclave_size"}));
  set(manifest.heap_size, TRY(table.size("heap_size", kLeastHeap, kMostMemory)));
  set(manifest.stack_size, TRY(table.size("stack_size", kLeastStack, kMostStack)));
  set(manifest.thread_stack_size, TRY(table.size("thread_stack_size", kLeastStack, kMostStack)));
  manifest.threads = static_cast<uint32_t>(
      TRY(table.integer("threads", 1, arch::kMaximumThreads)).value_or(manifest.threads));
  set(manifest.enclave_size, TRY(table.size("enclave_size", kLeastEnclave, kMostMemory)));
  return {};
}

Result<void> parse_sgx(const TomlTable& table, Manifest& manifest) {
  TRY(table.only({"edmm", "aex_notify"}));
  set(manifest.sgx_edmm, TRY(table.boolean("edmm")));
  set(manifest.sgx_aex_notify, TRY(table.boolean("aex_notify")));
  return {};
}

Result<void> parse_run(const TomlTable& table, Manifest& manifest) {
  TRY(table.only({"arguments", "environment", "insecure_host_arguments", "insecure_host_environment"}));
  manifest.arguments = TRY(table.texts("arguments"));
  manifest.environment = TRY(table.text_map("environment"));
  set(manifest.insecure_host_arguments, TRY(table.boolean("insecure_host_arguments")));
  manifest.insecure_host_environment = TRY(table.texts("insecure_host_environment"));
  std::sort(manifest.insecure_host_environment.begin(), manifest.insecure_host_environment.end());
  return {};
}

Result<std::string> required(const TomlTable& table, std::string_view key) {
  std::optional<std::string> value = TRY(table.text(key));
  if (!value) return table.error(key, fmt::format("`{}` is missing", key));
  return std::move(*value);
}

// Each value in a statement of its own: a return out of a braced initialiser leaks what is built already.
Result<void> parse_files(const TomlTable& root, const std::filesystem::path& directory, Manifest& manifest) {
  for (const TomlTable& table : TRY(root.tables("file"))) {
    TRY(table.only({"path", "source", "mode"}));
    ManifestFile& file = manifest.files.emplace_back();
    file.path = TRY(required(table, "path"));
    file.source = TRY(required(table, "source"));
    file.source = directory / file.source;
    set(file.mode, TRY(table.mode("mode")));
  }
  for (const TomlTable& table : TRY(root.tables("directory"))) {
    TRY(table.only({"path", "mode"}));
    ManifestDirectory& entry = manifest.directories.emplace_back();
    entry.path = TRY(required(table, "path"));
    set(entry.mode, TRY(table.mode("mode")));
  }
  for (const TomlTable& table : TRY(root.tables("symlink"))) {
    TRY(table.only({"path", "target"}));
    ManifestSymlink& symlink = manifest.symlinks.emplace_back();
    symlink.path = TRY(required(table, "path"));
    symlink.target = TRY(required(table, "target"));
  }
  const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
  std::sort(manifest.files.begin(), manifest.files.end(), by_path);
  std::sort(manifest.directories.begin(), manifest.directories.end(), by_path);
  std::sort(manifest.symlinks.begin(), manifest.symlinks.end(), by_path);
  return {};
}

}  // namespace

Result<std::optional<KssId>> read_kss_id(const TomlTable& table, std::string_view key) {
  const std::optional<std::string> text = TRY(table.text(key));
  if (!text) return std::nullopt;
  const Result<Bytes> bytes = from_hex(*text);
  KssId id;
  if (!bytes || bytes->size() != id.size())
    return table.error(key, fmt::format("`{}` must be 32 hexadecimal digits", key));
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view file_name,
                                const std::filesystem::path& directory) {
  const TomlTable root = TRY(TomlTable::parse(text, file_name));
  TRY(root.only({"enclave", "memory", "sgx", "run", "file", "directory", "symlink"}));
  Manifest manifest;
  TRY(parse_enclave(TRY(root.table("enclave")), directory, manifest));
  TRY(parse_memory(TRY(root.table("memory")), manifest));
  TRY(parse_sgx(TRY(root.table("sgx")), manifest));
  TRY(parse_run(TRY(root.table("run")), manifest));
  TRY(parse_files(root, directory, manifest));
  TRY_IN(file_name, check_manifest(manifest));
  return manifest;
}

Result<Manifest> read_manifest(const std::filesystem::path& path) {
  const Bytes text = TRY(read_file(path, kMaximumManifest));
  return parse_manifest(as_text(text), path.filename().string(), path.parent_path());
}

Manifest default_manifest(const std::filesystem::path& program) {
  Manifest manifest;
  manifest.program = program;
  manifest.name = program.filename().string();
  return manifest;
}

}  // namespace strongroom::image
