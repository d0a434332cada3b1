#include "base/companion.h"

namespace strongroom {

std::vector<std::filesystem::path> companion_paths(std::string_view name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path own = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  return {own / name, own / "../libexec/strongroom" / name, fs::path(STRONGROOM_LIBEXEC_DIRECTORY) / name};
}

}  // namespace strongroom
