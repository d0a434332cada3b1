#include "host/image.h"

#include <sys/mman.h>

#include <cerrno>

#include "host/image_key.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

Image::State::~State() {
  if (const auto keeper = keeper_.lock()) (void)keeper->forget(number_);
}

Result<uint64_t> Image::State::number_at(const std::shared_ptr<KeeperClient>& keeper) const {
  const std::lock_guard lock(mutex_);
  if (keeper_.lock() == keeper) return number_;
  if (const auto known = TRY(keeper->find(image_key(view, identity.mrenclave)))) {
    number_ = *known;
    keeper_ = keeper;
    return number_;
  }
  const FileDescriptor file(memfd_create("strongroom-image", MFD_CLOEXEC));
  if (!file.valid()) return fail_errno("cannot hand the image to the keeper", errno);
  TRY_IN("cannot hand the image to the keeper", write_all(file.get(), bytes));
  number_ = TRY(keeper->load(file.get()));
  keeper_ = keeper;
  return number_;
}

Image::Image(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const Identity& Image::identity() const {
  return state_->identity;
}

Result<Image> Image::from_bytes(std::span<const uint8_t> bytes, std::string name) {
  Bytes copy = to_bytes(bytes);
  image::ImageView view = TRY(image::ImageView::parse(copy));
  auto state = std::make_shared<State>(std::move(copy), std::move(view));
  const tee::ImageIdentity identity = TRY(tee::identify(state->view));
  state->identity = {.mrenclave = identity.measurement,
                     .is_signed = identity.is_signed,
                     .mrsigner = identity.signer,
                     .product_id = identity.product_id,
                     .svn = identity.svn,
                     .debug_permitted = identity.debug_permitted};
  state->name = std::move(name);
  return Image(std::move(state));
}

Result<Image> Image::open(const std::filesystem::path& path) {
  const Bytes bytes = TRY(read_file(path, image::kMaximumImage));
  return TRY_IN(path.string(), from_bytes(bytes, path.filename().string()));
}

}  // namespace strongroom::host
