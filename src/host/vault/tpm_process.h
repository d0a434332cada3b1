// The TPM as the root of evidence, asked in a process of its own: tpm2-tss and its ways to a TPM stay outside
// of the process that holds the platform's secret, which shuts itself off from everything.
#pragma once

#include "base/file.h"

namespace strongroom::host {

// Not thread safe.
class TpmProcess {
 public:
  // kNotFound where Tpm::open() finds none. To be called before this process has read a secret: the new one
  // has a copy of its memory. It ends with its parent.
  static Result<TpmProcess> start();

  // Tpm::quote(). A TPM that takes longer than ten seconds is not asked again: kUnavailable.
  Result<Bytes> quote(ByteView data);

 private:
  explicit TpmProcess(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace strongroom::host
