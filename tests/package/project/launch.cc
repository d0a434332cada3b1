// An application that launches an enclave and says how it ended.
#include <cstdio>

#include "strongroom/host.h"

int main(int argc, char** argv) {
  using namespace strongroom;
  const auto image = host::Image::open(argc > 1 ? argv[1] : "greet.enclave");
  if (!image) return std::fprintf(stderr, "%s\n", image.error().message.c_str()), 1;
  auto enclave = host::Enclave::launch(*image, {.tee = host::Tee::kAuto});
  if (!enclave) return std::fprintf(stderr, "%s\n", enclave.error().message.c_str()), 1;
  const auto end = enclave->wait();
  if (!end || end->kind != host::EndKind::kExited) return 1;
  std::printf("ended with %d\n", end->status);
}
