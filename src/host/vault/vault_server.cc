#include "host/vault/vault_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/answer.h"
#include "base/log.h"
#include "base/socket.h"
#include "crypto/random.h"
#include "tee/confine.h"
#include "tee/system_call_filter.h"

namespace strongroom::host {

Result<void> send_admission(int socket, const Admission& admission, int enclave_socket) {
  return send_bytes(socket, object_bytes(admission), std::span(&enclave_socket, 1), "the vault");
}

bool VaultServer::admit() {
  auto packet = receive_bytes(control_.get(), sizeof(Admission), "the keeper", Waiting::kNever);
  if (!packet) return packet.error().code == ErrorCode::kResourceExhausted;
  if (!*packet || (*packet)->bytes.size() != sizeof(Admission) || (*packet)->files.size() != 1) return false;
  Admission admission;
  std::memcpy(&admission, (*packet)->bytes.data(), sizeof admission);
  FileDescriptor socket = std::move((*packet)->files[0]);
  arch::LaunchSecret secret{};
  if (!crypto::fill_random(secret)) return true;  // the enclave does without
  if (send(socket.get(), secret.data(), secret.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof secret)
    clients_.push_back(Client{.socket = std::move(socket),
                              .admission = admission,
                              .link = arch::KeeperLinkAnswerer(secret),
                              .service = nullptr});
  wipe(secret);
  return true;
}

Result<void> VaultServer::open_store() {
  if (store_) return {};
  const auto directory = directory_ ? *directory_ : TRY(default_state_directory());
  // Before the secret is read, and while processes can be made.
  if (!tpm_) {
    auto tpm = TpmProcess::start();
    if (tpm)
      tpm_.emplace(std::move(*tpm));
    else if (tpm.error().code != ErrorCode::kNotFound)
      spdlog::warn("evidence is made without the TPM: {}", tpm.error().message);
  }
  auto store = TRY(PlatformStore::open(directory));
  // From here on there is something to lose: what enclaves' requests make of this process reaches its files,
  // its sockets, and nothing else.
  const FileDescriptor files(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!files.valid() || !tee::forbid_outside_but(files.get()))
    return fail_errno("cannot confine the vault", errno);
  TRY(tee::apply_filter(tee::HolderRole::kVault));
  store_ = std::make_unique<PlatformStore>(std::move(store));
  return {};
}

Result<Bytes> VaultServer::answer_request(Client& client, ByteView packet) {
  Bytes request = TRY(client.link.unwrap(packet));
  if (!client.service) {
    if (const auto opened = open_store(); !opened) {
      spdlog::error("{}", opened.error().message);
      return client.link.wrap(encode_answer(tl::unexpected<Error>(opened.error())));
    }
    AskTpm tpm;
    if (tpm_) tpm = [this](ByteView data) { return tpm_->quote(data); };
    client.service = std::make_unique<EnclaveService>(client.admission, *store_, std::move(tpm));
  }
  Bytes body = client.service->answer(request);
  Bytes answer = client.link.wrap(body);
  wipe(body);
  wipe(request);
  return answer;
}

bool VaultServer::answer(Client& client) {
  Bytes packet(arch::kMaximumKeeperMessage + 1);
  const ssize_t size = recv(client.socket.get(), packet.data(), packet.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (size <= 0 || static_cast<size_t>(size) > arch::kMaximumKeeperMessage) return false;
  packet.resize(static_cast<size_t>(size));
  // Somebody between enclave and vault lies. He gets no answer to learn from, and no second try.
  const auto answer = answer_request(client, packet);
  if (!answer) spdlog::warn("an enclave's connection is closed: {}", answer.error().message);
  return answer && send(client.socket.get(), answer->data(), answer->size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                       static_cast<ssize_t>(answer->size());
}

void VaultServer::serve() {
  while (control_.valid() || !clients_.empty()) {
    std::vector<pollfd> files{{control_.get(), POLLIN, 0}};
    for (const Client& client : clients_) files.push_back({client.socket.get(), POLLIN, 0});
    if (poll(files.data(), files.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    size_t index = 1;
    for (auto client = clients_.begin(); client != clients_.end(); ++index)
      client = files[index].revents != 0 && !answer(*client) ? clients_.erase(client) : std::next(client);
    if (files[0].revents != 0 && !admit()) control_.reset();
  }
}

}  // namespace strongroom::host
