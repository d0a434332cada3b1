// The keeper: the process that launches enclaves, and outlives none of them. It serves one application that
// started it, or, as a daemon, those of a whole machine. It says who is served what; what it must trust the
// least it leaves to others: images to loaders, enclaves to holders, the platform's secret to the vault.
#pragma once

#include <map>
#include <memory>

#include "host/enclave_table.h"
#include "host/loader.h"
#include "host/quota.h"
#include "host/spare_shelf.h"
#include "host/vault/vault.h"

namespace strongroom::host {

struct KeeperOptions {
  Quotas quotas{};
  size_t spares = 1;               // at most, of as many images
  unsigned spare_threshold = 2;    // see SpareShelf
  size_t idle_images = 0;          // that stay loaded though no application has them open
  size_t remembered_enclaves = 0;  // that have ended
};

// Not thread safe.
class Keeper {
 public:
  static Result<std::unique_ptr<Keeper>> create(const KeeperOptions& options, Vault vault, Nursery nursery);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // An application's connection. `user`: whom the machine's kernel says it belongs to. When it closes, the
  // application's enclaves end. kResourceExhausted where the user has too many; he has been told.
  Result<void> add_client(FileDescriptor connection, uint64_t user);
  [[nodiscard]] size_t clients() const { return clients_.size(); }
  // Called whenever an application has gone; with the error for one that broke the rules.
  void on_departure(std::function<void(const Result<void>&)> handler) { departed_ = std::move(handler); }

  // Waits for something to happen and does what follows. An error: this process cannot go on.
  Result<void> turn();
  EventLoop& loop() { return loop_; }

 private:
  struct Client {
    uint64_t number = 0;
    FileDescriptor connection{};
    uint64_t user = 0;
    bool loading = false;  // Load is not answered yet
  };
  struct LoadedImage {
    uint64_t number = 0;
    uint64_t user = 0;
    FileDescriptor loader{};
    std::optional<Prepared> prepared{};
    // How often each client has it open; the only one waits while it is not prepared.
    std::map<uint64_t, uint64_t> openers{};
    uint64_t used = 0;  // grows with each use
  };

  Keeper(const KeeperOptions& options, EventLoop loop, Vault vault, Nursery nursery);

  void hear_client(uint64_t number);
  Result<void> handle(Client& client, Packet packet);
  void let_go(uint64_t client, const Result<void>& why);
  static Result<void> answer(const Client& client, const Message& message);

  Result<void> load(Client& client, Packet packet);
  Result<void> find_image(Client& client, const ImageKey& key);
  void forget_image(Client& client, uint64_t image);
  void hear_loader(uint64_t number);
  void drop_image(uint64_t number);
  void drop_idle_images();
  [[nodiscard]] Quotas usage_of(uint64_t user) const;

  void launch(const Client& client, const Launch& request, const std::vector<FileDescriptor>& files);
  Result<void> try_launch(const Client& client, const Launch& request,
                          const std::vector<FileDescriptor>& files);
  Result<void> admit(const Prepared& image, const Make& make, const FileDescriptor& socket);
  Result<FileDescriptor> make(const LoadedImage& image, const Make& make);
  void make_spare(const SpareShelf::Wish& wish);
  Result<void> stop(Client& client, uint64_t enclave);
  void enclave_ended(uint64_t number);

  KeeperOptions options_;
  EventLoop loop_;
  Vault vault_;
  Nursery nursery_;
  bool is_barren_ = false;  // the nursery is dead
  std::function<void(const Result<void>&)> departed_;
  uint64_t last_number_ = 0;  // of clients and images
  uint64_t uses_ = 0;
  std::map<uint64_t, Client> clients_;
  std::map<uint64_t, LoadedImage> images_;
  SpareShelf spares_;
  EnclaveTable enclaves_;
};

}  // namespace strongroom::host
