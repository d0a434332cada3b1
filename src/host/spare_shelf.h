// Enclaves that the keeper makes before anybody asks for them, of the images that were launched last. Such a
// spare has its process or virtual machine, its memory, its measured pages and its kernel up; what it lacks
// is arguments, environment and streams. Whoever launches that image next gets it, once: nothing of it is
// used again.
#pragma once

#include <list>
#include <optional>

#include "host/event_loop.h"
#include "host/protocol.h"

namespace strongroom::host {

// Not thread safe.
class SpareShelf {
 public:
  // `places`: how many kinds of enclave it remembers, and so the most spares there are. `threshold`: from
  // which launch in a row on it wants a spare; a kind that was forgotten in between begins anew. `loop`
  // outlives the shelf.
  SpareShelf(size_t places, unsigned threshold, EventLoop& loop)
      : places_(places), threshold_(threshold), loop_(loop) {}
  ~SpareShelf() { drop_all(); }
  SpareShelf(const SpareShelf&) = delete;
  SpareShelf& operator=(const SpareShelf&) = delete;

  // An enclave of this image, made so (Make::spare aside), is launched. Debug enclaves never come from here.
  void note(uint64_t image, const Make& make, bool wants_spare);
  // The spare for that launch, as the socket to its holder.
  std::optional<FileDescriptor> take(uint64_t image, const Make& make);

  // What is worth to be made next.
  struct Wish {
    uint64_t image;
    Make make;
  };
  [[nodiscard]] std::optional<Wish> wish() const;
  // Answers a wish. Without a holder, because none could be made, it is not wished for again before the next
  // launch.
  void put(const Wish& wish, std::optional<FileDescriptor> holder);

  void drop_image(uint64_t image);
  void drop_all();

 private:
  struct Place {
    Wish kind;
    unsigned launches = 0;
    bool wanted = false;
    std::optional<FileDescriptor> holder{};
  };
  using Places = std::list<Place>;
  Places::iterator find(uint64_t image, const Make& make);
  void clear(Place& place);

  size_t places_;
  unsigned threshold_;
  EventLoop& loop_;
  Places list_;  // the last launched first
};

}  // namespace strongroom::host
