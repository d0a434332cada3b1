#include "tee/vm/debug/remote_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::tee::vm::debug {
namespace {

constexpr std::string_view kDone = "OK", kMalformed = "E01", kNoSuchThread = "E02", kNoMemory = "E0e",
                           kRefused = "E16", kUnknown = "";
// What fits into a packet as two digits a byte.
constexpr uint64_t kMostMemory = kLongestPacket / 2 - 8;

// A thread's number; none for "any" (0) and "all" (-1). False where it is malformed.
bool read_thread(RequestReader& request, std::optional<uint32_t>& thread) {
  thread.reset();
  if (request.skip("-1")) return true;
  const auto number = request.number();
  if (!number || *number > UINT32_MAX) return false;
  if (*number != 0) thread = static_cast<uint32_t>(*number);
  return true;
}

bool delivers(uint64_t signal) {
  switch (static_cast<Signal>(signal)) {
    case Signal::kIllegalInstruction:
    case Signal::kTrap:
    case Signal::kArithmetic:
    case Signal::kBus:
    case Signal::kSegmentation:
      return true;
    default:
      return false;  // the program has no such signal
  }
}

// An action of vCont, without its thread: c, s, C signal, S signal, r begin,end.
std::optional<Action> read_action(RequestReader& request) {
  if (request.skip("c")) return Action{};
  if (request.skip("s")) return Action{.steps = true};
  if (request.skip("r")) {
    const auto begin = request.number();
    const bool has_end = request.skip(",");
    const auto end = request.number();
    if (!begin || !has_end || !end) return std::nullopt;
    return Action{.steps = true, .range_begin = *begin, .range_end = *end};
  }
  const bool continues = request.skip("C");
  if (!continues && !request.skip("S")) return std::nullopt;
  const auto signal = request.number();
  if (!signal || *signal > UINT8_MAX) return std::nullopt;
  return Action{.steps = !continues, .delivers = delivers(*signal)};
}

}  // namespace

std::string RemoteSession::receive(ByteView bytes) {
  std::string out;
  while (auto incoming = reader_.take(bytes)) {
    switch (incoming->kind) {
      case Incoming::Kind::kInterrupt:
        if (running_) target_.interrupt();
        break;
      case Incoming::Kind::kAcknowledged:
        break;
      case Incoming::Kind::kRefused:
        out += last_;
        break;
      case Incoming::Kind::kDamaged:
        if (acknowledges_) out += '-';
        break;
      case Incoming::Kind::kPacket:
        if (acknowledges_) out += '+';
        // While threads run, all that a debugger may do is interrupt.
        if (running_ || over_) break;
        if (const auto reply = answer(incoming->payload)) out += send(*reply);
        break;
    }
  }
  return out;
}

std::string RemoteSession::stopped(const Stop& stop) {
  running_ = false;
  stop_ = stop;
  thread_ = stop.thread;
  return send(describe_stop());
}

std::string RemoteSession::exited(uint8_t code) {
  running_ = false;
  over_ = true;
  return send(fmt::format("W{:02x}", code));
}

std::string RemoteSession::killed(Signal signal) {
  running_ = false;
  over_ = true;
  return send(fmt::format("X{:02x}", static_cast<unsigned>(signal)));
}

std::string RemoteSession::send(std::string_view payload) {
  last_ = make_packet(payload);
  return last_;
}

std::string RemoteSession::describe_stop() const {
  std::string out = fmt::format("T{:02x}thread:{:x};", static_cast<unsigned>(stop_.signal), stop_.thread);
  if (stop_.reason == Stop::Reason::kBreakpoint) out += "swbreak:;";
  if (stop_.reason == Stop::Reason::kWatchpoint) out += fmt::format("watch:{:x};", stop_.address);
  return out;
}

bool RemoteSession::exists(uint32_t thread) {
  const std::vector<uint32_t> threads = target_.threads();
  return std::ranges::find(threads, thread) != threads.end();
}

std::optional<std::string> RemoteSession::answer(std::string_view text) {
  RequestReader request(text);
  if (request.skip("vCont;")) return resume(request);
  if (request.skip("vCont?")) return "vCont;c;C;s;S;r";
  if (request.skip("vKill") || text == "k") {
    target_.kill();
    over_ = text == "k";
    return over_ ? std::nullopt : std::optional<std::string>(kDone);
  }
  if (request.skip("?")) return describe_stop();
  if (request.skip("g")) return answer_registers();
  if (request.skip("G")) return write_registers(request.rest());
  if (request.skip("p")) return answer_register(request);
  if (request.skip("P")) return write_register(request);
  if (request.skip("m")) return read_memory(request);
  if (request.skip("M")) return write_memory(request, false);
  if (request.skip("X")) return write_memory(request, true);
  if (request.skip("Z")) return change_breakpoint(request, true);
  if (request.skip("z")) return change_breakpoint(request, false);
  if (request.skip("H")) return select_thread(request);
  if (request.skip("T")) {
    const auto thread = request.number();
    return std::string(
        thread && *thread <= UINT32_MAX && exists(static_cast<uint32_t>(*thread)) ? kDone : kNoSuchThread);
  }
  if (text == "D" || request.skip("D;")) {
    over_ = true;
    return std::string(kDone);
  }
  if (text == "QStartNoAckMode") {
    acknowledges_ = false;
    return std::string(kDone);
  }
  if (request.skip("q")) return answer_query(request);
  return std::string(kUnknown);
}

std::string RemoteSession::answer_query(RequestReader request) {
  if (request.skip("Supported"))
    return fmt::format("PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;swbreak+;vContSupported+",
                       kLongestPacket);
  if (request.skip("Xfer:features:read:target.xml:")) return answer_features(request);
  if (request.skip("Attached")) return "1";
  if (request.skip("fThreadInfo")) {
    std::string out = "m";
    for (const uint32_t thread : target_.threads())
      out += (out.size() > 1 ? "," : "") + fmt::format("{:x}", thread);
    return out;
  }
  if (request.skip("sThreadInfo")) return "l";
  if (request.skip("C") && request.at_end()) return fmt::format("QC{:x}", stop_.thread);
  if (request.skip("GetTLSAddr:")) {
    std::optional<uint32_t> thread;
    if (!read_thread(request, thread) || !request.skip(",")) return std::string(kMalformed);
    const auto offset = request.number();
    if (!offset) return std::string(kMalformed);
    const auto address = target_.thread_local_address(thread.value_or(thread_), *offset);
    return address ? fmt::format("{:x}", *address) : std::string(kNoSuchThread);
  }
  return std::string(kUnknown);
}

std::string RemoteSession::answer_features(RequestReader request) {
  const auto offset = request.number();
  const bool has_length = request.skip(",");
  const auto length = request.number();
  const std::string& text = target_description();
  if (!offset || !has_length || !length || *offset > text.size()) return std::string(kMalformed);
  const std::string part = text.substr(*offset, std::min(*length, kMostMemory));
  return (*offset + part.size() == text.size() ? "l" : "m") + part;
}

std::string RemoteSession::answer_registers() {
  const auto registers = target_.registers(thread_);
  return registers ? to_hex(registers->bytes) : std::string(kNoSuchThread);
}

std::string RemoteSession::answer_register(RequestReader request) {
  const auto number = request.number();
  if (!number || *number >= kRegisterCount) return std::string(kMalformed);
  const auto registers = target_.registers(thread_);
  return registers ? to_hex(registers->of(static_cast<uint32_t>(*number))) : std::string(kNoSuchThread);
}

std::string RemoteSession::write_registers(std::string_view digits) {
  const auto bytes = from_hex(digits);
  RegisterFile registers;
  if (!bytes || bytes->size() != registers.bytes.size()) return std::string(kMalformed);
  std::ranges::copy(*bytes, registers.bytes.begin());
  return std::string(target_.set_registers(thread_, registers) ? kDone : kRefused);
}

std::string RemoteSession::write_register(RequestReader request) {
  const auto number = request.number();
  if (!number || *number >= kRegisterCount || !request.skip("=")) return std::string(kMalformed);
  auto registers = target_.registers(thread_);
  if (!registers) return std::string(kNoSuchThread);
  const auto bytes = from_hex(request.rest());
  const std::span<uint8_t> place = registers->of(static_cast<uint32_t>(*number));
  if (!bytes || bytes->size() != place.size()) return std::string(kMalformed);
  std::ranges::copy(*bytes, place.begin());
  return std::string(target_.set_registers(thread_, *registers) ? kDone : kRefused);
}

std::string RemoteSession::read_memory(RequestReader request) {
  const auto address = request.number();
  const bool has_size = request.skip(",");
  const auto size = request.number();
  if (!address || !has_size || !size) return std::string(kMalformed);
  Bytes bytes(std::min(*size, kMostMemory));
  bytes.resize(target_.read_memory(*address, bytes));
  return bytes.empty() && *size != 0 ? std::string(kNoMemory) : to_hex(bytes);
}

std::string RemoteSession::write_memory(RequestReader request, bool binary) {
  const auto address = request.number();
  const bool has_size = request.skip(",");
  const auto size = request.number();
  if (!address || !has_size || !size || !request.skip(":")) return std::string(kMalformed);
  Bytes bytes;
  if (binary) {
    bytes = to_bytes(as_bytes(request.rest()));
  } else {
    auto read = from_hex(request.rest());
    if (!read) return std::string(kMalformed);
    bytes = std::move(*read);
  }
  if (bytes.size() != *size) return std::string(kMalformed);
  return std::string(target_.write_memory(*address, bytes) ? kDone : kNoMemory);
}

// Z0 and Z1 are the same here: all code can be changed. Z2 watches writes; the others there are not.
std::string RemoteSession::change_breakpoint(RequestReader request, bool insert) {
  const auto type = request.number();
  const bool has_address = request.skip(",");
  const auto address = request.number();
  const bool has_size = request.skip(",");
  const auto size = request.number();
  if (!type || !has_address || !address || !has_size || !size) return std::string(kMalformed);
  if (*type > 2) return std::string(kUnknown);
  const bool watches = *type == 2;
  const bool changed = watches  ? insert ? target_.watch(*address, *size) : target_.unwatch(*address, *size)
                        : insert ? target_.set_breakpoint(*address)
                                : target_.remove_breakpoint(*address);
  return std::string(changed ? kDone : kNoMemory);
}

std::string RemoteSession::select_thread(RequestReader request) {
  const bool selects = request.skip("g");
  std::optional<uint32_t> thread;
  if ((!selects && !request.skip("c")) || !read_thread(request, thread)) return std::string(kMalformed);
  if (thread && !exists(*thread)) return std::string(kNoSuchThread);
  if (selects && thread) thread_ = *thread;
  return std::string(kDone);
}

std::optional<std::string> RemoteSession::resume(RequestReader request) {
  std::vector<ThreadAction> actions;
  while (!request.at_end()) {
    RequestReader entry(request.until(';'));
    const auto action = read_action(entry);
    std::optional<uint32_t> thread;
    if (!action || (entry.skip(":") && !read_thread(entry, thread)) || !entry.at_end())
      return std::string(kMalformed);
    actions.push_back({thread, *action});
  }
  if (actions.empty()) return std::string(kMalformed);
  running_ = true;
  target_.resume(actions);
  return std::nullopt;
}

}  // namespace strongroom::tee::vm::debug
