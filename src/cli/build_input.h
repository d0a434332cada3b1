// What `build` and `run` make an image from: a program, or a manifest that names one.
#pragma once

#include "image/image_builder.h"

namespace strongroom::cli {

// The enclave kernel that goes into every image, built into this command.
ByteView embedded_kernel();

// What a file is, told by its content.
enum class InputKind { kProgram, kManifest, kImage };
Result<InputKind> kind_of(const std::filesystem::path& path);

// The manifest at `path`, or the default one for the program at `path`.
Result<image::Manifest> manifest_for(const std::filesystem::path& path);

// Builds the image of a manifest with the embedded kernel.
Result<image::BuiltImage> build_with_embedded_kernel(const image::Manifest& manifest);

}  // namespace strongroom::cli
