#include "edge/source.h"

#include "base/file.h"

namespace strongroom::edl {

Result<std::string> load_from_disk(const std::string& path) {
  return std::string(as_text(TRY(read_file(path, kFileLimit))));
}

uint32_t SourceSet::add(std::string path, std::string text) {
  sources_.push_back({std::move(path), std::move(text)});
  return static_cast<uint32_t>(sources_.size() - 1);
}

std::string_view SourceSet::line(uint32_t file, uint32_t line) const {
  std::string_view text = sources_[file].text;
  for (; line > 1; --line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace strongroom::edl
