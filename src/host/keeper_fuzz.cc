// A keeper that hears anything at all from several clients at once goes on, and stays within its quotas. No
// image is loaded here: what a client says about enclaves and images meets none.
#include <fcntl.h>

#include "host/keeper.h"

using namespace strongroom;
using namespace strongroom::host;

namespace {

// A message is 1 byte for who sends it, 1 for how many descriptors come along, 2 for its length, and itself.
struct Step {
  size_t client;
  size_t files;
  ByteView bytes;
};
std::optional<Step> next(ByteReader& reader) {
  const auto client = reader.little<uint8_t>("client");
  const auto files = reader.little<uint8_t>("files");
  const auto size = reader.little<uint16_t>("size");
  if (!client || !files || !size) return std::nullopt;
  const auto bytes = reader.bytes(std::min<size_t>(*size, reader.remaining()), "message");
  return Step{*client, *files, *bytes};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kClients = 3;
  static const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  // Both end with this process; neither is asked for anything but loaders, and those get no image.
  static auto parts = std::pair(Vault::start("/nonexistent").value(), Nursery::start(false).value());
  static const auto keeper = Keeper::create({.quotas = {.connections = 4, .images = 2, .enclaves = 2}},
                                            std::move(parts.first), std::move(parts.second))
                                 .value();
  std::array<FileDescriptor, kClients> clients;
  for (size_t i = 0; i < kClients; ++i) {
    auto pair = SocketPair::create("a client").value();
    if (!keeper->add_client(std::move(pair.theirs), i)) __builtin_trap();
    clients[i] = std::move(pair.ours);
  }
  ByteReader reader({data, size});
  while (const auto step = next(reader)) {
    FileDescriptor& client = clients[step->client % kClients];
    if (step->client >= 0xf0) client.reset();
    const std::vector<int> files(step->files % (kMostDescriptors + 1), null.get());
    if (client.valid()) (void)send_bytes(client.get(), step->bytes, files, "the keeper", Waiting::kNever);
    while (keeper->loop().turn(0).value()) {
    }
  }
  for (FileDescriptor& client : clients) client.reset();
  while (keeper->clients() > 0) (void)keeper->loop().turn(-1);
  return 0;
}
