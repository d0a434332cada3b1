// An enclave that the keeper has made before anybody asked for it, of the image that was launched last. It
// has its process or virtual machine, its memory, its measured pages and its kernel up; what it lacks is
// arguments, environment and streams. Whoever launches that image next gets it, once: nothing of it is used
// again.
#pragma once

#include <functional>
#include <optional>

#include "base/file.h"
#include "host/protocol.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

class SpareEnclave {
 public:
  // Forks. In the child it does not return, and first calls `forget`: lets go of what it must not keep.
  // `keeper`: the enclave's socket to the vault.
  static Result<SpareEnclave> create(uint64_t image, const tee::PreparedImage& prepared, tee::TeeKind tee,
                                     const FileDescriptor& keeper, const std::function<void()>& forget);

  // Whether it can serve this launch. Debug enclaves are made otherwise, so never from a spare.
  [[nodiscard]] bool fits(const Launch& launch) const;
  [[nodiscard]] uint64_t image() const { return image_; }
  // Hands the launch over. False: the spare is dead, and somebody else must serve it.
  [[nodiscard]] bool use(const Launch& launch, const std::vector<FileDescriptor>& files) const;

 private:
  SpareEnclave(uint64_t image, tee::TeeKind tee, FileDescriptor socket)
      : image_(image), tee_(tee), socket_(std::move(socket)) {}
  uint64_t image_;
  tee::TeeKind tee_;
  FileDescriptor socket_;  // closing it ends the spare
};

}  // namespace strongroom::host
