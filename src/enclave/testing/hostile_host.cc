#include "enclave/testing/hostile_host.h"

#include <cstdlib>
#include <cstring>

#include "enclave/worker.h"

namespace strongroom::enclave::testing {

AreaMemory::AreaMemory() : bytes_(static_cast<uint8_t*>(std::aligned_alloc(4096, calls::kMinimumArea))) {
  if (bytes_ == nullptr) std::abort();
  std::memset(bytes_, 0, calls::kMinimumArea);
}

namespace {

using calls::LaneMessage;

class HostileHost {
 public:
  explicit HostileHost(std::span<const uint8_t> script) : script_(script) {}

  void act(std::atomic<uint32_t>* wait) {
    calls::Lane& lane = area_.lane(0);
    if (script_.empty() || ++acts_ > kMostActs) {
      // An ocall that is under way is refused until none is.
      area_.header().stopping = 1;
      lane.message = 0;
      if (wait != nullptr)
        lane.turn = (lane.turn & ~calls::kOwner) | (finishing_++ < kMostActs ? calls::kEnclave : 0);
      if (finishing_ > 2 * kMostActs) std::abort();  // the worker does not stop
      return;
    }
    switch (byte() % 4) {
      case 0:  // a lane full of numbers
        lane.offset = static_cast<uint32_t>(number());
        lane.size = static_cast<uint32_t>(number());
        lane.request_size = static_cast<uint32_t>(number());
        lane.message = byte() % 4;
        break;
      case 1:  // bytes somewhere
        for (uint64_t at = number() % area_.memory().size(), left = byte() % 64; left > 0; --left, ++at)
          if (at >= sizeof(calls::AreaHeader) && at < area_.memory().size()) area_.memory()[at] = byte();
        break;
      default:
        call(lane);
    }
    lane.turn = (byte() & ~uint32_t{calls::kOwner}) | calls::kEnclave;
  }

  [[nodiscard]] std::span<uint8_t> memory() { return memory_.bytes(); }

 private:
  static constexpr int kMostActs = 200;

  // A request for a function that there is, with the script as its arguments.
  void call(calls::Lane& lane) {
    const uint32_t size = 16 + byte() % 128u;
    const uint32_t offset = calls::kHeapsOffset + byte() * uint32_t{64};
    const edge::RequestHeader header{.digest = ::calls::kDigest_, .number = byte(), .reserved = 0};
    std::memcpy(memory_.bytes().data() + offset, &header, sizeof header);
    for (size_t i = sizeof header; i < size; ++i) memory_.bytes()[offset + i] = byte();
    lane.offset = offset;
    lane.size = size + byte() * uint32_t{16};
    lane.request_size = size;
    lane.message = static_cast<uint32_t>(byte() % 4 == 0 ? LaneMessage::kReturn : LaneMessage::kCall);
  }
  uint8_t byte() {
    if (script_.empty()) return 0;
    const uint8_t value = script_.front();
    script_ = script_.subspan(1);
    return value;
  }
  uint64_t number() {
    constexpr uint64_t kSize = calls::kMinimumArea;
    constexpr uint64_t kValues[] = {0,
                                    1,
                                    16,
                                    64,
                                    4096,
                                    kSize,
                                    kSize - 1,
                                    kSize + 1,
                                    kSize / 2,
                                    UINT64_MAX,
                                    uint64_t{1} << 63,
                                    UINT32_MAX,
                                    calls::kHeapsOffset,
                                    calls::kHeapsOffset - 1};
    const uint8_t choice = byte();
    if (choice < std::size(kValues)) return kValues[choice];
    uint64_t value = 0;
    for (int i = choice % 8; i >= 0; --i) value = value << 8 | byte();
    return value;
  }

  std::span<const uint8_t> script_;
  AreaMemory memory_;
  calls::Area area_{memory_.bytes()};
  int acts_ = 0;
  int finishing_ = 0;
};

HostileHost* current = nullptr;

}  // namespace

void check_worker(std::span<const uint8_t> script) {
  HostileHost host(script);
  current = &host;
  Calls shared(host.memory(), ::calls::serve, 4, 1,
               [](std::atomic<uint32_t>*, std::atomic<uint32_t>* wait, uint32_t) { current->act(wait); });
  Worker(shared, 0).serve();
  current = nullptr;
}

}  // namespace strongroom::enclave::testing
