// The vault: the process that holds the platform's secret, apart from the keeper that reads images and from
// the processes that hold enclaves. It is forked before it has read the secret, so no other process ever has
// it.
//
// Whom it believes: the keeper, about who an enclave is (the keeper measured it and makes it); the loader, to
// put the launch secret into that enclave's memory. Nobody else: requests come through the enclave's own
// socket, encrypted under its launch secret.
#pragma once

#include <filesystem>
#include <optional>

#include "host/vault/admission.h"

namespace strongroom::host {

class Vault {
 public:
  // Starts the process; it ends with its parent, or when this object is gone and all enclaves have ended. It
  // opens the state directory when the first enclave asks for something: `directory`, or
  // default_state_directory().
  static Result<Vault> start(std::optional<std::filesystem::path> directory);

  // `socket`: the peer of the enclave's own, tee::Streams::keeper. The launch secret comes through it. Where
  // the process was killed, starts another, which serves the same platform; enclaves that the old one knew
  // have lost it.
  [[nodiscard]] Result<void> admit(const Admission& admission, const FileDescriptor& socket);

  // Whether the process still listens.
  [[nodiscard]] bool is_alive() const;

  // In a child that shall not admit enclaves.
  void forget() { control_.reset(); }

 private:
  Vault(FileDescriptor control, std::optional<std::filesystem::path> directory)
      : control_(std::move(control)), directory_(std::move(directory)) {}
  FileDescriptor control_;
  std::optional<std::filesystem::path> directory_;
};

}  // namespace strongroom::host
