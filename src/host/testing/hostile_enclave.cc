#include "host/testing/hostile_enclave.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "host/call_gate.h"
#include "tee/launch.h"

namespace strongroom::host::testing {
namespace {

constexpr size_t kSize = calls::kMinimumArea;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "hostile enclave: %s\n", what);
  std::abort();
}

class HostileEnclave {
 public:
  HostileEnclave(std::span<uint8_t> memory, std::span<const uint8_t> script)
      : memory_(memory), area_(memory), script_(script) {
    offer_service();
    thread_ = std::thread([this] { live(); });
  }
  ~HostileEnclave() {
    over_ = true;
    thread_.join();
  }
  HostileEnclave(const HostileEnclave&) = delete;
  HostileEnclave& operator=(const HostileEnclave&) = delete;

 private:
  void offer_service() {
    area_.header().workers = calls::kWorkerLanes;
    area_.header().ecall_bell.looking = 1;
  }

  void live() {
    while (!over_) {
      bool any = false;
      for (uint32_t index = 0; index < calls::kLanes; ++index) {
        calls::Lane& lane = area_.lane(index);
        if ((lane.turn & calls::kOwner) != calls::kEnclave) continue;
        act(lane);
        any = true;
      }
      if (any) continue;
      // What it wrote over the header must not make the host wait for ever.
      offer_service();
      std::this_thread::yield();
    }
  }

  void act(calls::Lane& lane) {
    if (script_.empty() || ++acts_ > kMostActs) {
      script_ = {};
      lane.message = static_cast<uint32_t>(calls::LaneMessage::kReturn);
      return hand_over(lane, calls::kHost);
    }
    switch (byte() % 4) {
      case 0:
        lane.offset = number();
        lane.size = number();
        lane.request_size = number();
        lane.named = number();
        lane.message = byte() % 4;
        break;
      case 1:
        for (uint64_t at = number() % kSize, left = byte() % 64; left > 0 && at < kSize; --left, ++at)
          memory_[at] = byte();
        lane.message = byte() % 3;
        break;
      case 2:  // an ocall as it should be
        lane.offset = static_cast<uint32_t>(calls::kHeapsOffset + byte() * 64u);
        lane.size = 256u + byte();
        lane.request_size = byte();
        lane.message = static_cast<uint32_t>(calls::LaneMessage::kCall);
        break;
      default:
        lane.message = static_cast<uint32_t>(calls::LaneMessage::kReturn);
    }
    hand_over(lane, byte() & ~uint32_t{calls::kOwner});
  }
  static void hand_over(calls::Lane& lane, uint32_t turn) {
    lane.turn = turn;
    syscall(SYS_futex, &lane.turn, FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
  }
  uint8_t byte() {
    if (script_.empty()) return 0;
    const uint8_t value = script_.front();
    script_ = script_.subspan(1);
    return value;
  }
  uint32_t number() {
    constexpr uint32_t kValues[] = {0,
                                    1,
                                    16,
                                    4096,
                                    kSize,
                                    kSize - 1,
                                    kSize + 1,
                                    UINT32_MAX,
                                    UINT32_MAX - 15,
                                    calls::kLanesOffset,
                                    calls::kLanesOffset + offsetof(calls::Lane, bytes),
                                    calls::kHeapsOffset,
                                    calls::kHeapsOffset - 1};
    const uint8_t choice = byte();
    if (choice < std::size(kValues)) return kValues[choice];
    return static_cast<uint32_t>(choice << 16 | byte() << 8 | byte());
  }

  static constexpr int kMostActs = 200;
  std::span<uint8_t> memory_;
  calls::Area area_;
  std::span<const uint8_t> script_;
  int acts_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

void check_gate(std::span<const uint8_t> script) {
  const auto file = tee::create_call_area(kSize);
  if (!file) give_up("cannot make a call area");
  auto ours = SharedMapping::map(file->get(), kSize);
  auto theirs = SharedMapping::map(file->get(), kSize);
  if (!ours || !theirs) give_up("cannot map the call area");
  const std::span<uint8_t> mine = ours->bytes();
  const auto ocall = [&](edge::ServerCall& call) {
    const std::span<uint8_t> memory = call.memory;
    const size_t request_size = call.request_size;
    const auto at = static_cast<size_t>(memory.data() - mine.data());
    if (at < calls::kLanesOffset || at > kSize || memory.size() > kSize - at || request_size > memory.size())
      give_up("an ocall was let through whose memory is not in the area");
    // As the generated code does.
    if (uint8_t* copy = call.arena.allocate<uint8_t>(request_size); copy != nullptr)
      edge::copy_once(copy, memory.data(), request_size);
    std::memset(memory.data(), 1, memory.size());
  };
  CallGate gate(std::move(*ours), ocall, script.size() % 2);
  {
    const HostileEnclave enclave(theirs->bytes(), script);
    for (int i = 0; i < 6; ++i) {
      const edge::CallInfo info{"hostile.call", 0, false, i % 2 == 0, 0, {}};
      const size_t size = i % 3 == 0 ? 8000 : 300;
      const edge::Loan loan = gate.acquire(info, size);
      if (loan.data == nullptr) continue;
      if (loan.size < size) give_up("less memory than was asked for");
      const auto at = static_cast<size_t>(loan.data - mine.data());
      if (at < calls::kLanesOffset || at > kSize || loan.size > kSize - at)
        give_up("memory of a call outside the area");
      (void)gate.call(info, loan, 16, 0);
      gate.release(loan);
    }
    gate.end({ErrorCode::kUnavailable, "the test is over"});
  }
}

}  // namespace strongroom::host::testing
