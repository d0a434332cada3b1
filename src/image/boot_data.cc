#include "image/boot_data.h"

#include <fmt/format.h>

#include <map>

#include "base/file.h"

namespace strongroom::image {
namespace {

using arch::BootRecord;
using arch::BootRecordKind;

constexpr size_t kRecordAlignment = 8;
constexpr uint32_t kParentMode = 0755;

struct Node {
  BootRecordKind kind;
  uint32_t mode;
  ByteView content;
};

void put(ByteWriter& out, BootRecordKind kind, uint32_t mode, std::string_view name, ByteView content) {
  out.bytes(object_bytes(BootRecord{kind, mode, name.size(), content.size()}));
  out.bytes(as_bytes(name)).zeros(1).bytes(content);
  out.zeros((kRecordAlignment - out.size() % kRecordAlignment) % kRecordAlignment);
}

void add_parents(std::map<std::string, Node>& nodes, const std::string& path) {
  for (std::filesystem::path parent = std::filesystem::path(path).parent_path(); parent != "/";
       parent = parent.parent_path())
    nodes.emplace(parent.string(), Node{BootRecordKind::kDirectory, kParentMode, {}});
}

}  // namespace

Result<std::vector<Bytes>> read_sources(const Manifest& manifest) {
  std::vector<Bytes> contents;
  size_t total = 0;
  for (const ManifestFile& file : manifest.files) {
    contents.push_back(TRY_IN(fmt::format("file `{}`", file.path), read_file(file.source, kMaximumBootData)));
    total += contents.back().size();
    if (total > kMaximumBootData)
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("the measured files together exceed {} bytes; give large data to the program through "
                      "standard input",
                      kMaximumBootData));
  }
  return contents;
}

Result<Bytes> make_boot_data(const Manifest& manifest, const std::vector<Bytes>& contents) {
  if (contents.size() != manifest.files.size())
    return fail(ErrorCode::kInvalidArgument, "boot data: files and contents differ in number");
  ByteWriter out;
  put(out, BootRecordKind::kArgument, 0, manifest.name, {});
  for (const std::string& argument : manifest.arguments) put(out, BootRecordKind::kArgument, 0, argument, {});
  for (const auto& [name, value] : manifest.environment)
    put(out, BootRecordKind::kEnvironment, 0, name + "=" + value, {});
  for (const std::string& name : manifest.insecure_host_environment)
    put(out, BootRecordKind::kHostEnvironment, 0, name, {});

  std::map<std::string, Node> nodes;
  for (const ManifestDirectory& directory : manifest.directories)
    nodes.emplace(directory.path, Node{BootRecordKind::kDirectory, directory.mode, {}});
  for (size_t i = 0; i < manifest.files.size(); ++i)
    nodes.emplace(manifest.files[i].path, Node{BootRecordKind::kFile, manifest.files[i].mode, contents[i]});
  for (const ManifestSymlink& symlink : manifest.symlinks)
    nodes.emplace(symlink.path, Node{BootRecordKind::kSymlink, 0777, as_bytes(symlink.target)});
  const std::map<std::string, Node> given = nodes;
  for (const auto& [path, node] : given) add_parents(nodes, path);
  for (const auto& [path, node] : nodes) put(out, node.kind, node.mode, path, node.content);
  out.bytes(object_bytes(BootRecord{BootRecordKind::kEnd, 0, 0, 0}));
  return out.take();
}

Result<std::vector<BootEntry>> read_boot_data(ByteView boot_data) {
  std::vector<BootEntry> entries;
  ByteReader reader(boot_data);
  while (true) {
    const auto record = TRY(reader.object<BootRecord>("boot record"));
    if (record.kind == BootRecordKind::kEnd) return entries;
    const ByteView name = TRY(reader.bytes(record.name_size, "name of a boot record"));
    TRY(reader.skip(1, "end of a boot record's name"));
    const ByteView content = TRY(reader.bytes(record.content_size, "content of a boot record"));
    TRY(reader.skip((kRecordAlignment - reader.position() % kRecordAlignment) % kRecordAlignment,
                    "boot record"));
    entries.push_back(BootEntry{record.kind, record.mode, as_text(name), content});
  }
}

}  // namespace strongroom::image
