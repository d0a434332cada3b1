// What one call that is served needs: made once, used for every call at that depth.
#pragma once

#include <memory>
#include <span>

#include "strongroom/edge/serve.h"

namespace strongroom::calls {

// The private memory of the arguments, and the call that reads them into it. Stays where it is.
struct Frame {
  // `host`: as edge::ServerCall has it. Throws std::bad_alloc.
  Frame(size_t the_size, edge::CallTransport* host, std::unique_ptr<Frame> the_inner)
      : bytes(std::make_unique<uint8_t[]>(the_size)),
        size(the_size),
        arena({bytes.get(), size}),
        call{.memory = {}, .request_size = 0, .arena = arena, .host = host},
        inner(std::move(the_inner)) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // Puts a frame of that size in place of one that is too small, or of none, and keeps what is nested in it.
  // Where it throws there is none.
  static void make(std::unique_ptr<Frame>& place, size_t size, edge::CallTransport* host) {
    std::unique_ptr<Frame> kept = place == nullptr ? nullptr : std::move(place->inner);
    place = nullptr;
    place = std::make_unique<Frame>(size, host, std::move(kept));
  }

  void carry(std::span<uint8_t> memory, size_t request_size) {
    uint8_t* data = memory.data();
    size_t length = memory.size();
    // One word at a time: as a vector, both would wait for the writes of each.
    asm("" : "+r"(data), "+r"(length));
    call.memory = {data, length};
    call.request_size = request_size;
  }

  std::unique_ptr<uint8_t[]> bytes;
  size_t size;
  edge::Arena arena;
  edge::ServerCall call;
  std::unique_ptr<Frame> inner;  // of the call that is nested in this one
};

}  // namespace strongroom::calls
