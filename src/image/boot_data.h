// The measured boot data of an image: arguments, environment and files, as arch/image_header.h lays them out.
#pragma once

#include "arch/image_header.h"
#include "image/manifest.h"

namespace strongroom::image {

inline constexpr size_t kMaximumBootData = size_t{1} << 30;

// Reads the sources of manifest.files, in their order.
Result<std::vector<Bytes>> read_sources(const Manifest& manifest);

// The records in the order: arguments (the name first), environment, names of host variables, then
// directories, files and symlinks sorted by path. Parents of files are there before them, with mode 0755
// where the manifest does not name them. `contents` stands beside manifest.files.
Result<Bytes> make_boot_data(const Manifest& manifest, const std::vector<Bytes>& contents);

// One record as it stands in boot data; views point into it.
struct BootEntry {
  arch::BootRecordKind kind;
  uint32_t mode;
  std::string_view name;
  ByteView content;
};
// Reads boot data back, up to and without kEnd; for inspection and tests.
Result<std::vector<BootEntry>> read_boot_data(ByteView boot_data);

}  // namespace strongroom::image
