// What stands behind host::Image.
#pragma once

#include <mutex>

#include "host/keeper_client.h"
#include "image/image_file.h"
#include "strongroom/host.h"

namespace strongroom::host {

struct Image::State {
  State(Bytes file, image::ImageView view) : bytes(std::move(file)), view(std::move(view)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  // The image's number at this keeper; hands it over where that has not happened.
  Result<uint64_t> number_at(const std::shared_ptr<KeeperClient>& keeper) const;

  Bytes bytes;  // owns what `view` looks at
  image::ImageView view;
  Identity identity;
  std::string name;  // of the file, where it came from one

 private:
  mutable std::mutex mutex_;
  mutable std::weak_ptr<KeeperClient> keeper_;
  mutable uint64_t number_ = 0;
};

}  // namespace strongroom::host
