#include <fmt/format.h>

#include <iterator>

#include "base/encoding.h"
#include "image/manifest.h"
#include "image/manifest_keys.h"
#include "image/toml_table.h"

namespace strongroom::image {
namespace {

std::string array(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "" : ", ") + format_text(texts[i]);
  return out + "]";
}

std::string inline_table(const std::vector<std::pair<std::string, std::string>>& map) {
  std::string out = "{";
  for (const auto& [name, value] : map)
    out += (out.size() == 1 ? " " : ", ") + format_text(name) + " = " + format_text(value);
  return out + (map.empty() ? "}" : " }");
}

}  // namespace

std::string canonical_manifest(const Manifest& manifest, const MeasuredContent& program,
                               const MeasuredContent& kernel, const std::vector<MeasuredContent>& files,
                               uint64_t enclave_size) {
  std::string text;
  const auto put = [&text]<typename... T>(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
  };
  put("[enclave]\nname = {}\nprogram = {}\n", format_text(manifest.name),
      format_text(manifest.program.filename().string()));
  put("program_sha256 = \"{}\"\nprogram_size = {}\n", program.sha256, program.size);
  put("kernel_sha256 = \"{}\"\nkernel_size = {}\n", kernel.sha256, kernel.size);
  put("product_id = {}\nsvn = {}\ndebug = {}\n", manifest.product_id, manifest.svn, manifest.debug);
  if (manifest.family_id) put("family_id = \"{}\"\n", to_hex(*manifest.family_id));
  if (manifest.extended_product_id)
    put("extended_product_id = \"{}\"\n", to_hex(*manifest.extended_product_id));

  put("\n[memory]\nheap_size = \"{}\"\nstack_size = \"{}\"\nthread_stack_size = \"{}\"\n",
      format_size(manifest.heap_size), format_size(manifest.stack_size),
      format_size(manifest.thread_stack_size));
  put("threads = {}\nenclave_size = \"{}\"\n", manifest.threads, format_size(enclave_size));

  put("\n[sgx]\nedmm = {}\naex_notify = {}\n", manifest.sgx_edmm, manifest.sgx_aex_notify);

  put("\n[run]\narguments = {}\nenvironment = {}\n", array(manifest.arguments),
      inline_table(manifest.environment));
  put("insecure_host_arguments = {}\ninsecure_host_environment = {}\n", manifest.insecure_host_arguments,
      array(manifest.insecure_host_environment));

  for (size_t i = 0; i < manifest.files.size(); ++i)
    put("\n[[file]]\npath = {}\nmode = \"{:04o}\"\nsha256 = \"{}\"\nsize = {}\n",
        format_text(manifest.files[i].path), manifest.files[i].mode, files[i].sha256, files[i].size);
  for (const ManifestDirectory& directory : manifest.directories)
    put("\n[[directory]]\npath = {}\nmode = \"{:04o}\"\n", format_text(directory.path), directory.mode);
  for (const ManifestSymlink& symlink : manifest.symlinks)
    put("\n[[symlink]]\npath = {}\ntarget = {}\n", format_text(symlink.path), format_text(symlink.target));
  return text;
}

Result<ManifestIdentity> read_canonical_manifest(std::string_view text) {
  const TomlTable root = TRY(TomlTable::parse(text, "the image's manifest"));
  const TomlTable enclave = TRY(root.table("enclave"));
  const TomlTable run = TRY(root.table("run"));
  ManifestIdentity identity;
  identity.name = TRY(enclave.text("name")).value_or("");
  identity.product_id = static_cast<uint16_t>(TRY(enclave.integer("product_id", 0, UINT16_MAX)).value_or(0));
  identity.svn = static_cast<uint16_t>(TRY(enclave.integer("svn", 0, UINT16_MAX)).value_or(0));
  identity.debug = TRY(enclave.boolean("debug")).value_or(false);
  identity.family_id = TRY(read_kss_id(enclave, "family_id"));
  identity.extended_product_id = TRY(read_kss_id(enclave, "extended_product_id"));
  if (TRY(run.boolean("insecure_host_arguments")).value_or(false))
    identity.insecure.emplace_back("insecure_host_arguments", "true");
  const std::vector<std::string> names = TRY(run.texts("insecure_host_environment"));
  if (!names.empty()) identity.insecure.emplace_back("insecure_host_environment", array(names));
  return identity;
}

}  // namespace strongroom::image
