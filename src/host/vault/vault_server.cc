#include "host/vault/vault_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "crypto/random.h"

namespace strongroom::host {

Result<void> send_admission(int socket, const Admission& admission, int enclave_socket) {
  Admission copy = admission;
  iovec part{&copy, sizeof copy};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* item = CMSG_FIRSTHDR(&header);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(item), &enclave_socket, sizeof(int));
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return fail_errno("the vault does not answer", errno);
  return {};
}

bool VaultServer::admit() {
  Admission admission;
  iovec part{&admission, sizeof admission};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t size = recvmsg(control_.get(), &header, MSG_CMSG_CLOEXEC);
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  const cmsghdr* item = CMSG_FIRSTHDR(&header);
  if (size != sizeof admission || item == nullptr || item->cmsg_len != CMSG_LEN(sizeof(int))) return false;
  int file = -1;
  std::memcpy(&file, CMSG_DATA(item), sizeof file);
  FileDescriptor socket(file);
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
  store_ = std::make_unique<PlatformStore>(TRY(PlatformStore::open(directory)));
  return {};
}

Result<Bytes> VaultServer::answer_request(Client& client, ByteView packet) {
  Bytes request = TRY(client.link.unwrap(packet));
  if (!client.service) {
    if (const auto opened = open_store(); !opened) {
      spdlog::error("{}", opened.error().message);
      const Error& error = opened.error();
      return client.link.wrap(
          ByteWriter().little(1 + static_cast<uint32_t>(error.code)).bytes(as_bytes(error.message)).take());
    }
    client.service = std::make_unique<EnclaveService>(client.admission, *store_);
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
