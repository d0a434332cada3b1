#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "arch/image_header.h"
#include "image/manifest.h"
#include "image/manifest_keys.h"

namespace strongroom::image {
namespace {

tl::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

Result<void> check_text(std::string_view key, std::string_view text) {
  if (has_nul(text)) return invalid(fmt::format("`{}` holds a NUL character", key));
  return {};
}

// An absolute path in its shortest form, so that one file has one name.
Result<void> check_path(std::string_view key, const std::string& path) {
  TRY(check_text(key, path));
  if (!path.starts_with('/')) return invalid(fmt::format("{} `{}`: the path must be absolute", key, path));
  if (path == "/") return invalid(fmt::format("{} `/`: the root directory is always there", key));
  if (path.size() > kMaximumPath)
    return invalid(fmt::format("{}: a path is longer than {} bytes", key, kMaximumPath));
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (normal != path || path.ends_with('/'))
    return invalid(fmt::format("{} `{}`: write the path without `.`, `..`, `//` and a final `/`", key, path));
  return {};
}

Result<void> check_variable(std::string_view key, const std::string& name) {
  TRY(check_text(key, name));
  if (name.empty() || name.find('=') != std::string::npos)
    return invalid(
        fmt::format("`{}` holds the name `{}`, which cannot be an environment variable", key, name));
  return {};
}

Result<void> check_size(std::string_view key, uint64_t size, uint64_t least, uint64_t most) {
  if (size < least || size > most || size % arch::kPageSize != 0)
    return invalid(fmt::format("`{}` is {} bytes; it must be {} to {}, in whole pages of 4 KiB", key, size,
                               format_size(least), format_size(most)));
  return {};
}

Result<void> check_memory(const Manifest& manifest) {
  TRY(check_size("heap_size", manifest.heap_size, kLeastHeap, kMostMemory));
  TRY(check_size("stack_size", manifest.stack_size, kLeastStack, kMostStack));
  TRY(check_size("thread_stack_size", manifest.thread_stack_size, kLeastStack, kMostStack));
  if (manifest.threads < 1 || manifest.threads > arch::kMaximumThreads)
    return invalid(
        fmt::format("`threads` is {}; it must be 1 to {}", manifest.threads, arch::kMaximumThreads));
  if (!manifest.sgx_edmm && manifest.heap_size + manifest.stack_size > kMostFixedMemory)
    return invalid(
        fmt::format("`heap_size` and `stack_size` are together {} bytes; with `edmm = false` at most "
                    "\"{}\" can be there from the start",
                    manifest.heap_size + manifest.stack_size, format_size(kMostFixedMemory)));
  if (!manifest.sgx_edmm && manifest.sgx_aex_notify)
    return invalid(
        "`aex_notify` does not go with `edmm = false`: a Linux that has AEX-Notify changes enclaves that "
        "run, "
        "and the handler of interruptions goes by what stands in the table of pages then");
  if (manifest.enclave_size != 0) {
    TRY(check_size("enclave_size", manifest.enclave_size, kLeastEnclave, kMostMemory));
    if (!std::has_single_bit(manifest.enclave_size))
      return invalid(fmt::format("`enclave_size` is {} bytes; it must be a power of two, for instance \"{}\"",
                                 manifest.enclave_size, format_size(std::bit_ceil(manifest.enclave_size))));
  }
  return {};
}

Result<void> check_run(const Manifest& manifest) {
  for (const std::string& argument : manifest.arguments) TRY(check_text("arguments", argument));
  for (const auto& [name, value] : manifest.environment) {
    TRY(check_variable("environment", name));
    TRY(check_text("environment", value));
  }
  const auto& host = manifest.insecure_host_environment;
  for (const std::string& name : host) {
    TRY(check_variable("insecure_host_environment", name));
    for (const auto& [measured, value] : manifest.environment)
      if (name == measured)
        return invalid(
            fmt::format("`{}` is in `environment` and in `insecure_host_environment`; decide whether it is "
                        "measured or the host's",
                        name));
  }
  if (std::adjacent_find(host.begin(), host.end()) != host.end())
    return invalid("`insecure_host_environment` names a variable twice");
  return {};
}

Result<void> check_files(const Manifest& manifest) {
  std::map<std::string, bool> is_directory;
  const auto add = [&](std::string_view key, const std::string& path, bool directory) -> Result<void> {
    TRY(check_path(key, path));
    if (!is_directory.emplace(path, directory).second)
      return invalid(fmt::format("`{}` is given twice", path));
    return {};
  };
  for (const ManifestFile& file : manifest.files) TRY(add("file", file.path, false));
  for (const ManifestDirectory& directory : manifest.directories) TRY(add("directory", directory.path, true));
  for (const ManifestSymlink& symlink : manifest.symlinks) {
    TRY(add("symlink", symlink.path, false));
    TRY(check_text("symlink", symlink.target));
    if (symlink.target.empty() || symlink.target.size() > kMaximumPath)
      return invalid(
          fmt::format("symlink `{}`: the target must have 1 to {} bytes", symlink.path, kMaximumPath));
  }
  for (const auto& [path, directory] : is_directory)
    for (std::filesystem::path parent = std::filesystem::path(path).parent_path(); parent != "/";
         parent = parent.parent_path()) {
      const auto found = is_directory.find(parent.string());
      if (found != is_directory.end() && !found->second)
        return invalid(fmt::format("`{}` is not a directory, but `{}` is below it", parent.string(), path));
    }
  return {};
}

}  // namespace

Result<void> check_manifest(const Manifest& manifest) {
  TRY(check_text("name", manifest.name));
  if (manifest.name.empty() || manifest.name.size() > kMaximumName ||
      manifest.name.find('/') != std::string::npos)
    return invalid(
        fmt::format("`name` is `{}`; it must have 1 to {} bytes and no `/`", manifest.name, kMaximumName));
  TRY(check_memory(manifest));
  TRY(check_run(manifest));
  return check_files(manifest);
}

}  // namespace strongroom::image
