// The images of a keeper: each with a process that has read it.
#include <algorithm>

#include "base/log.h"
#include "host/keeper.h"

namespace strongroom::host {

Result<void> Keeper::load(Client& client, Packet packet) {
  if (client.loading) return fail(ErrorCode::kMalformed, "keeper protocol: two images at a time");
  const auto begin = [&]() -> Result<void> {
    if (packet.files.size() != 1) return fail(ErrorCode::kMalformed, "an image was announced but not given");
    TRY(check_quota(kImageQuota, client.user, usage_of(client.user).images, 1, options_.quotas.images));
    LoadedImage image{.number = ++last_number_, .user = client.user};
    image.loader = TRY(nursery_.create_loader());
    const int file = packet.files[0].get();
    TRY(send_packet(image.loader.get(), Load{}, std::span(&file, 1), Waiting::kNever));
    TRY(loop_.watch(image.loader.get(), [this, number = image.number] { hear_loader(number); }));
    image.openers[client.number] = 1;
    images_.emplace(image.number, std::move(image));
    return {};
  };
  const auto begun = begin();
  client.loading = begun.has_value();
  return begun ? begun : answer(client, refusal(begun.error()));
}

void Keeper::hear_loader(uint64_t number) {
  LoadedImage& image = images_.at(number);
  auto packet = receive_packet(image.loader.get(), Waiting::kNever);
  if (!packet && packet.error().code == ErrorCode::kResourceExhausted) return;
  const bool is_awaited = !image.prepared && !image.openers.empty();
  const auto waiting = is_awaited ? clients_.find(image.openers.begin()->first) : clients_.end();
  const auto reply = [&](const Message& message) {
    if (waiting == clients_.end()) return;
    waiting->second.loading = false;
    (void)answer(waiting->second, message);  // he hears no more: he is gone, or is let go when he asks again
  };
  if (packet && *packet && !image.prepared) {
    if (const auto* prepared = std::get_if<Prepared>(&(*packet)->message)) {
      const auto room = check_quota(kMemoryQuota, image.user, usage_of(image.user).memory,
                                    prepared->file_size, options_.quotas.memory);
      if (room) {
        image.prepared = *prepared;
        image.used = ++uses_;
        return reply(Loaded{number});
      }
      reply(refusal(room.error()));
    } else if (const auto* refused = std::get_if<Refused>(&(*packet)->message)) {
      reply(*refused);
    }
  }
  // A loader says one thing in its life. What else it says, or that it ends, is the end of the image.
  if (!image.prepared)
    reply(Refused{ErrorCode::kMalformed, "the process that read the image died of it"});
  else if (!packet || *packet)
    spdlog::warn("a loader breaks the protocol");
  drop_image(number);
}

Result<void> Keeper::find_image(Client& client, const ImageKey& key) {
  for (auto& [number, image] : images_)
    if (image.user == client.user && image.prepared && image.prepared->key == key) {
      ++image.openers[client.number];
      image.used = ++uses_;
      return answer(client, Loaded{number});
    }
  return answer(client, Refused{ErrorCode::kNotFound, "the keeper does not know this image"});
}

void Keeper::forget_image(Client& client, uint64_t number) {
  const auto found = images_.find(number);
  if (found == images_.end() || !found->second.prepared) return;
  auto& openers = found->second.openers;
  if (const auto opener = openers.find(client.number); opener != openers.end() && --opener->second == 0)
    openers.erase(opener);
  drop_idle_images();
}

void Keeper::drop_image(uint64_t number) {
  const auto found = images_.find(number);
  if (found == images_.end()) return;
  spares_.drop_image(number);
  loop_.forget(found->second.loader.get());
  images_.erase(found);
}

// The longest unused first. The enclaves of an image hang on its loader: it stays as long as they.
void Keeper::drop_idle_images() {
  std::vector<const LoadedImage*> idle;
  std::vector<uint64_t> unfinished;
  for (const auto& [number, image] : images_) {
    if (!image.openers.empty() || enclaves_.runs_image(number)) continue;
    if (image.prepared)
      idle.push_back(&image);
    else
      unfinished.push_back(number);
  }
  for (const uint64_t number : unfinished) drop_image(number);
  std::sort(idle.begin(), idle.end(), [](const auto* a, const auto* b) { return a->used > b->used; });
  for (size_t i = options_.idle_images; i < idle.size(); ++i) drop_image(idle[i]->number);
}

}  // namespace strongroom::host
