// How the generated class of an interface launches its enclave.
#pragma once

#include <memory>

#include "strongroom/edge/transport.h"
#include "strongroom/host.h"

namespace strongroom::edge {

// The call area where the application names no size, in bytes.
inline constexpr uint64_t kDefaultCallArea = uint64_t{16} << 20;

template <typename Enclave>
Result<Enclave> launch(const host::Image& image, host::LaunchOptions options) {
  if (options.call_area_size == 0) options.call_area_size = kDefaultCallArea;
  auto enclave = host::Enclave::launch(image, options);
  if (!enclave) return tl::unexpected<Error>(std::move(enclave).error());
  return Enclave(std::make_shared<host::Enclave>(std::move(*enclave)));
}

}  // namespace strongroom::edge
