// The keeper: the process that launches enclaves for one application and outlives none of them.
#pragma once

#include <map>
#include <memory>

#include "host/protocol.h"
#include "host/spare.h"
#include "host/vault/vault.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

class Keeper {
 public:
  Keeper(FileDescriptor control, Vault vault) : control_(std::move(control)), vault_(std::move(vault)) {}

  // Serves the application until it closes the control socket. Enclaves that still run die with this process.
  Result<void> serve();

 private:
  Result<void> handle(Packet packet);
  Result<uint64_t> load(Packet packet);
  void launch(Launch launch, std::vector<FileDescriptor> files);
  void launch_cold(const tee::PreparedImage& image, const Launch& launch, std::vector<FileDescriptor> files);
  // The enclave's way to the vault. None in `sgx`, where the processor is the platform: nothing that this keeper
  // signs may ever pass for its word.
  [[nodiscard]] Result<FileDescriptor> admit(const tee::PreparedImage& image, tee::TeeKind tee, bool debug);
  void remember(const Launch& launch);
  // Whether the application has nothing to say for a moment.
  [[nodiscard]] bool is_idle() const;
  void make_spare();

  FileDescriptor control_;
  Vault vault_;
  uint64_t last_image_ = 0;
  std::map<uint64_t, std::unique_ptr<tee::PreparedImage>> images_;
  // The last launch, when it is likely to be followed by its like: it was the second of its image in its TEE.
  struct Habit {
    uint64_t image = 0;
    tee::TeeKind tee = tee::TeeKind::kProcess;
    bool repeated = false;
  };
  Habit habit_;
  std::optional<SpareEnclave> spare_;
};

}  // namespace strongroom::host
