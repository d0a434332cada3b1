// Applications and what they ask for; images are in keeper_images.cc, launches in keeper_launches.cc.
#include "host/keeper.h"

#include <fmt/format.h>

namespace strongroom::host {

Keeper::Keeper(const KeeperOptions& options, EventLoop loop, Vault vault, Nursery nursery)
    : options_(options),
      loop_(std::move(loop)),
      vault_(std::move(vault)),
      nursery_(std::move(nursery)),
      departed_([](const Result<void>&) {}),
      spares_(options.spares, options.spare_threshold, loop_),
      enclaves_(loop_, options.remembered_enclaves, [this](uint64_t number) { enclave_ended(number); }) {}

Result<std::unique_ptr<Keeper>> Keeper::create(const KeeperOptions& options, Vault vault, Nursery nursery) {
  std::unique_ptr<Keeper> keeper(
      new Keeper(options, TRY(EventLoop::create()), std::move(vault), std::move(nursery)));
  TRY(keeper->loop_.watch(keeper->nursery_.socket().get(), [raw = keeper.get()] { raw->is_barren_ = true; }));
  return keeper;
}

Result<void> Keeper::add_client(FileDescriptor connection, uint64_t user) {
  const auto room =
      check_quota(kConnectionQuota, user, usage_of(user).connections, 1, options_.quotas.connections);
  if (!room) {
    (void)send_packet(connection.get(), refusal(room.error()), {}, Waiting::kNever);
    return room;
  }
  const uint64_t number = ++last_number_;
  TRY(loop_.watch(connection.get(), [this, number] { hear_client(number); }));
  clients_.emplace(number, Client{number, std::move(connection), user, false});
  return {};
}

void Keeper::hear_client(uint64_t number) {
  Client& client = clients_.at(number);
  auto packet = receive_packet(client.connection.get(), Waiting::kNever);
  if (!packet && packet.error().code == ErrorCode::kResourceExhausted) return;
  if (!packet) return let_go(number, tl::unexpected<Error>(packet.error()));
  if (!*packet) return let_go(number, {});
  if (const auto handled = handle(client, std::move(**packet)); !handled) let_go(number, handled);
}

void Keeper::let_go(uint64_t number, const Result<void>& why) {
  const auto found = clients_.find(number);
  if (found == clients_.end()) return;
  enclaves_.end_those_of(number);
  for (auto& [image, loaded] : images_) loaded.openers.erase(number);
  loop_.forget(found->second.connection.get());
  clients_.erase(found);
  drop_idle_images();
  departed_(why);
}

// A client that asks and does not listen is let go.
Result<void> Keeper::answer(const Client& client, const Message& message) {
  return send_packet(client.connection.get(), message, {}, Waiting::kNever);
}

Result<void> Keeper::handle(Client& client, Packet packet) {
  if (std::holds_alternative<Load>(packet.message)) return load(client, std::move(packet));
  if (const auto* find = std::get_if<Find>(&packet.message)) return find_image(client, find->key);
  if (const auto* request = std::get_if<Launch>(&packet.message)) {
    launch(client, *request, packet.files);
    return {};
  }
  if (const auto* forget = std::get_if<Forget>(&packet.message)) {
    forget_image(client, forget->image);
    return {};
  }
  if (const auto* list = std::get_if<List>(&packet.message))
    return answer(client, enclaves_.list(list->after, client.user));
  if (const auto* read = std::get_if<ReadLog>(&packet.message)) {
    const auto log = enclaves_.log(read->number, client.user);
    return answer(client, log ? Message(*log) : Message(refusal(log.error())));
  }
  if (const auto* wanted = std::get_if<Stop>(&packet.message)) {
    const auto stopping = stop(client, wanted->number);
    return stopping ? stopping : answer(client, refusal(stopping.error()));
  }
  return fail(ErrorCode::kMalformed, "keeper protocol: an application does not send this message");
}

Quotas Keeper::usage_of(uint64_t user) const {
  Quotas usage;
  for (const auto& [number, client] : clients_) usage.connections += client.user == user ? 1 : 0;
  for (const auto& [number, image] : images_) {
    if (image.user != user || image.openers.empty()) continue;
    ++usage.images;
    usage.memory += image.prepared ? image.prepared->file_size : 0;
  }
  const EnclaveTable::Count running = enclaves_.count_of_user(user);
  usage.enclaves = running.enclaves;
  usage.memory += running.memory;
  return usage;
}

Result<void> Keeper::turn() {
  // Spares are made when nobody wants anything else for a moment, and not beside the launch that wants one:
  // it needs the machine itself, and of launches one right after the other, each would be slower for it.
  constexpr int kMoment = 10;
  const auto wish = spares_.wish();
  const bool busy = TRY(loop_.turn(wish ? kMoment : -1));
  if (is_barren_) return fail(ErrorCode::kUnavailable, "the process that makes loaders was killed");
  if (!busy && wish) make_spare(*wish);
  return {};
}

}  // namespace strongroom::host
