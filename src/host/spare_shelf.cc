#include "host/spare_shelf.h"

#include <algorithm>

namespace strongroom::host {

SpareShelf::Places::iterator SpareShelf::find(uint64_t image, const Make& make) {
  return std::find_if(list_.begin(), list_.end(), [&](const Place& place) {
    return place.kind.image == image && place.kind.make.tee == make.tee &&
           place.kind.make.call_area_size == make.call_area_size;
  });
}

void SpareShelf::clear(Place& place) {
  if (place.holder) loop_.forget(place.holder->get());
  place.holder.reset();
}

void SpareShelf::note(uint64_t image, const Make& make, bool wants_spare) {
  if (make.debug || places_ == 0) return;
  auto place = find(image, make);
  if (place == list_.end())
    place = list_.insert(list_.begin(), Place{.kind = {image, make}});
  else
    list_.splice(list_.begin(), list_, place);
  ++place->launches;
  place->wanted = wants_spare;
  if (!wants_spare) clear(*place);
  while (list_.size() > places_) {
    clear(list_.back());
    list_.pop_back();
  }
}

std::optional<FileDescriptor> SpareShelf::take(uint64_t image, const Make& make) {
  if (make.debug) return std::nullopt;
  const auto place = find(image, make);
  if (place == list_.end() || !place->holder) return std::nullopt;
  loop_.forget(place->holder->get());
  std::optional<FileDescriptor> holder = std::move(place->holder);
  place->holder.reset();
  return holder;
}

std::optional<SpareShelf::Wish> SpareShelf::wish() const {
  for (const Place& place : list_)
    if (place.wanted && !place.holder && place.launches >= threshold_) return place.kind;
  return std::nullopt;
}

void SpareShelf::put(const Wish& wish, std::optional<FileDescriptor> holder) {
  const auto place = find(wish.image, wish.make);
  if (place == list_.end()) return;
  place->wanted = holder.has_value();
  if (!holder) return;
  const int file = holder->get();
  place->holder = std::move(holder);
  // A spare has nothing to say: it has died.
  const auto died = [this, wish] {
    const auto dead = find(wish.image, wish.make);
    if (dead == list_.end()) return;
    clear(*dead);
    dead->wanted = false;
  };
  if (!loop_.watch(file, died)) died();
}

void SpareShelf::drop_image(uint64_t image) {
  for (Place& place : list_)
    if (place.kind.image == image) clear(place);
  list_.remove_if([&](const Place& place) { return place.kind.image == image; });
}

void SpareShelf::drop_all() {
  for (Place& place : list_) clear(place);
}

}  // namespace strongroom::host
