// Any text is a manifest or an error; what was accepted survives its canonical form.
#include "image/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::image;
  const std::string_view text = strongroom::as_text({data, size});
  (void)read_canonical_manifest(text);
  const auto manifest = parse_manifest(text, "strongroom.toml", "/somewhere");
  if (!manifest) return 0;
  const std::vector<MeasuredContent> files(manifest->files.size());
  const auto identity = read_canonical_manifest(canonical_manifest(*manifest, {}, {}, files, 1 << 30));
  if (!identity || identity->name != manifest->name || identity->svn != manifest->svn ||
      identity->debug != manifest->debug)
    __builtin_trap();
  return 0;
}
