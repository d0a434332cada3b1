// Linux's SGX driver: one enclave by /dev/sgx_enclave (Documentation/arch/x86/sgx.rst, <asm/sgx.h>).
#pragma once

#include "arch/attributes.h"
#include "base/file.h"
#include "tee/prepared_image.h"

namespace strongroom::tee::sgx {

// What the processor and its kernel let an enclave have.
struct EnclaveAttributes {
  arch::Attributes attributes;
  uint32_t misc_select;
};

class EnclaveDevice {
 public:
  // kUnsupported, kPermissionDenied with what to do about it.
  static Result<EnclaveDevice> open();

  // ECREATE at `base`, EADD and EEXTEND of the whole image, EINIT with its SIGSTRUCT, and mapping. An image
  // that nobody signed is signed here, by a key that is thrown away. `debug`: ATTRIBUTES.DEBUG.
  Result<void> load(const PreparedImage& image, uint64_t base, bool debug);

  // The extended state that the enclave may use. After load().
  [[nodiscard]] uint64_t xfrm() const { return xfrm_; }

  // Linux 6.0 has these three. Whole pages; offsets are from the enclave's base. 0 or a negated errno.
  [[nodiscard]] int restrict_permissions(uint64_t offset, uint64_t size, uint64_t permissions) const;
  [[nodiscard]] int trim(uint64_t offset, uint64_t size) const;
  [[nodiscard]] int remove(uint64_t offset, uint64_t size) const;
  // mprotect() of program or arena, without execution: anything else may be the host's own. As the three.
  [[nodiscard]] int protect(uint64_t offset, uint64_t size, uint64_t permissions) const;

 private:
  explicit EnclaveDevice(FileDescriptor file) : file_(std::move(file)) {}
  Result<void> create(const arch::ImageHeader& header, uint64_t base, const EnclaveAttributes& what) const;
  Result<void> add(const image::ImageSegment& segment) const;
  Result<void> map(const image::ImageView& image, uint64_t base) const;

  FileDescriptor file_;
  uint64_t xfrm_ = 0, base_ = 0;
  arch::ImageRange program_{}, arena_{};
};

}  // namespace strongroom::tee::sgx
