// Whatever a debugger sends, the answers are whole packets, and nothing happens to a target that runs but an
// interrupt.
#include "tee/vm/debug/remote_session.h"
#include "tee/vm/debug/testing/fake_target.h"

namespace {

using namespace strongroom::tee::vm::debug;

class CheckingTarget : public FakeTarget {
 public:
  void resume(std::span<const ThreadAction> wanted) override {
    if (wanted.empty()) __builtin_trap();
    FakeTarget::resume(wanted);
  }
};

void check(const std::string& reply) {
  PacketReader reader;
  strongroom::ByteView bytes = strongroom::as_bytes(reply);
  while (const auto incoming = reader.take(bytes))
    if (incoming->kind == Incoming::Kind::kInterrupt || incoming->kind == Incoming::Kind::kDamaged)
      __builtin_trap();
  if (!bytes.empty()) __builtin_trap();
}

}  // namespace

// The first byte says how long the pieces are in which the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  CheckingTarget target;
  RemoteSession session(target, {});
  strongroom::ByteView bytes(data + 1, size - 1);
  const size_t piece = size_t{data[0]} + 1;
  while (!bytes.empty() && !session.is_over()) {
    check(session.receive(bytes.first(std::min(piece, bytes.size()))));
    bytes = bytes.subspan(std::min(piece, bytes.size()));
    if (session.is_running()) check(session.stopped({.thread = 2, .reason = Stop::Reason::kBreakpoint}));
  }
  return 0;
}
