// An image made ready for launches: checked, measured, and held in memory that nobody can change any more.
#pragma once

#include "arch/sigstruct.h"
#include "base/file.h"
#include "image/image_file.h"
#include "tee/start_pages.h"

namespace strongroom::tee {

// What the image proves about itself.
struct ImageIdentity {
  arch::Measurement measurement{};
  bool is_signed = false;
  arch::SignerIdentity signer{};  // zeros while unsigned, as are the next
  uint16_t product_id = 0;
  uint16_t svn = 0;
  bool debug_permitted = false;      // ATTRIBUTES.DEBUG may be set
  bool production_permitted = true;  // and may be clear
};

// A segment that the enclave never writes: it lies in the sealed file, and every enclave of this image maps
// the same pages.
struct SharedSegment {
  uint64_t offset;  // in the enclave
  uint64_t size;
  uint64_t file_offset;  // in PreparedImage::code
  uint32_t protection;
};

// A segment that each enclave has for itself. It holds what PrivateContents say, and zeros.
struct PrivateSegment {
  uint64_t offset;
  uint64_t size;
};

// Pages of private segments that do not begin as zeros: those that a launch has to fill, at the price of a
// first touch for each.
struct PrivateContents {
  uint64_t offset;  // in the enclave
  ByteView bytes;   // whole pages
};

// Enclave offsets of what a backend needs of the kernel, looked up once for all launches. An error where the
// image's kernel has no such place.
struct KernelPlaces {
  Result<uint64_t> process_entry, guardian_entry;               // TEE `process`
  Result<uint64_t> vm_entry, vm_trapped_syscall, vm_exception;  // TEE `vm`
  Result<uint64_t> launch_secret;                               // arch::kLaunchSecretSize bytes
};

struct PreparedImage {
  Bytes file;  // owns what `view` looks at
  image::ImageView view;
  ImageIdentity identity;
  KernelPlaces places;
  FileDescriptor code;  // memfd, sealed against every change
  std::vector<SharedSegment> shared_segments;
  std::vector<PrivateSegment> private_segments;
  std::vector<PrivateContents> private_contents;
  StartPages start_pages;
};

// Checks the image, computes MRENCLAVE, verifies SIGSTRUCT where there is one and that it names this
// MRENCLAVE. kMalformed, kVerificationFailed.
Result<ImageIdentity> identify(const image::ImageView& view);

// identify(), and the sealed file. The result is immutable but for what is learned of its starts: threads
// may share it.
Result<PreparedImage> prepare_image(Bytes file);

}  // namespace strongroom::tee
