#include "cli/build_input.h"

#include <fmt/format.h>

#include "base/file.h"
#include "image/boot_data.h"
#include "image/image_file.h"

extern "C" const uint8_t strongroom_embedded_kernel_begin[], strongroom_embedded_kernel_end[];

namespace strongroom::cli {

ByteView embedded_kernel() {
  return {strongroom_embedded_kernel_begin, strongroom_embedded_kernel_end};
}

Result<InputKind> kind_of(const std::filesystem::path& path) {
  const Bytes file = TRY(read_file(path, image::kMaximumImage));
  constexpr std::string_view kElfMagic =
      "\x7f"
      "ELF";
  if (!as_text(file).starts_with(kElfMagic)) {
    if (path.extension() == ".toml") return InputKind::kManifest;
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is neither a program (ELF) nor a manifest (.toml)", path.string()));
  }
  // A broken image is told as such: it must not be taken for a program because of it.
  if (path.extension() == ".enclave" || image::ImageView::parse(file)) return InputKind::kImage;
  return InputKind::kProgram;
}

Result<image::Manifest> manifest_for(const std::filesystem::path& path) {
  switch (TRY(kind_of(path))) {
    case InputKind::kProgram:
      return image::default_manifest(path);
    case InputKind::kManifest:
      return image::read_manifest(path);
    case InputKind::kImage:
      break;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is an image already; give the program or the manifest", path.string()));
}

Result<image::BuiltImage> build_with_embedded_kernel(const image::Manifest& manifest) {
  const Bytes program = TRY(read_file(manifest.program));
  return image::build_image(manifest, program, embedded_kernel(), TRY(image::read_sources(manifest)));
}

}  // namespace strongroom::cli
