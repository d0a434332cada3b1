// The inside of the vault's process.
#pragma once

#include <list>
#include <memory>

#include "host/vault/enclave_service.h"
#include "host/vault/tpm_process.h"

namespace strongroom::host {

// One packet with one descriptor: the vault's end of the enclave's socket.
Result<void> send_admission(int socket, const Admission& admission, int enclave_socket);

// Not thread safe.
class VaultServer {
 public:
  VaultServer(FileDescriptor control, std::optional<std::filesystem::path> directory)
      : control_(std::move(control)), directory_(std::move(directory)) {}

  // Until the keeper has closed its end and the last enclave has ended.
  void serve();

 private:
  struct Client {
    FileDescriptor socket;
    Admission admission;
    arch::KeeperLinkAnswerer link;
    std::unique_ptr<EnclaveService> service;  // from the first request on
  };

  // False when the keeper has closed its end.
  bool admit();
  // False when the client is gone, or has broken the rules.
  bool answer(Client& client);
  Result<Bytes> answer_request(Client& client, ByteView packet);
  Result<void> open_store();

  FileDescriptor control_;
  std::optional<std::filesystem::path> directory_;
  std::unique_ptr<PlatformStore> store_;  // from the first request on; outlives the clients
  std::optional<TpmProcess> tpm_;         // the same, where the machine has one
  std::list<Client> clients_;
};

}  // namespace strongroom::host
