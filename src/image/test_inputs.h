// What the tests of this room build images from.
#pragma once

#include "base/file.h"
#include "image/image_builder.h"

namespace strongroom::image {

inline const Bytes& test_kernel() {
  static const Bytes kernel = read_file(STRONGROOM_TEST_KERNEL).value();
  return kernel;
}
// A static-pie C++ program with threads, streams and exceptions.
inline const Bytes& test_program() {
  static const Bytes program = read_file(STRONGROOM_TEST_PROGRAM).value();
  return program;
}
// A small program with one function for each shape of system call site (test_data/sites.S).
inline const Bytes& test_shapes() {
  static const Bytes program = read_file(STRONGROOM_TEST_SHAPES).value();
  return program;
}
// Few threads, one file, so that images are small.
inline Manifest test_manifest() {
  Manifest manifest = default_manifest("program");
  manifest.threads = 2;
  manifest.product_id = 7;
  manifest.svn = 3;
  manifest.arguments = {"--fold", "5"};
  manifest.environment = {{"LANG", "C"}};
  manifest.files = {ManifestFile{"/data/train.csv", "train.csv", 0640}};
  manifest.symlinks = {ManifestSymlink{"/data/latest", "train.csv"}};
  return manifest;
}
inline std::vector<Bytes> test_contents() {
  return {to_bytes(as_bytes("1,2,3\n"))};
}
inline const BuiltImage& test_image() {
  static const BuiltImage image =
      build_image(test_manifest(), test_program(), test_kernel(), test_contents()).value();
  return image;
}

}  // namespace strongroom::image
