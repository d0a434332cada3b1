// What one call that is served needs: made once, used for every call at that depth.
#pragma once

#include <memory>
#include <span>

#include "strongroom/edge/serve.h"

namespace strongroom::calls {

// The private memory of the arguments, and the call that reads them into it. Stays where it is.
struct Frame {
  // `host`: as edge::ServerCall has it. Throws std::bad_alloc.
  Frame(size_t the_size, edge::CallTransport* host, std::unique_ptr<Frame> the_inner = nullptr)
      : bytes(std::make_unique<uint8_t[]>(the_size)),
        size(the_size),
        arena({bytes.get(), size}),
        call{.memory = {}, .request_size = 0, .arena = arena, .host = host},
        inner(std::move(the_inner)) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  std::unique_ptr<uint8_t[]> bytes;
  size_t size;
  edge::Arena arena;
  edge::ServerCall call;
  std::unique_ptr<Frame> inner;  // of the call that is nested in this one
};

}  // namespace strongroom::calls
