#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/futex.h"
#include "kernel/host_call.h"
#include "kernel/testing/lying_host.h"

namespace strongroom::kernel::testing {
namespace {

void require(bool condition, const char* rule) {
  if (condition) return;
  std::fprintf(stderr, "the boundary's rule is broken: %s\n", rule);
  std::abort();
}

bool stream_errno(Errno error) {
  return error == Errno::kIo || error == Errno::kBrokenPipe || error == Errno::kNoSpace;
}

bool all(std::span<const uint8_t> bytes, uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [&](uint8_t byte) { return byte == value; });
}

void read_some(LyingHost& host) {
  constexpr uint8_t kCanary = 0xc3;
  const uint64_t wanted = host.script.word() % (2 * kExchangePayload);
  std::ranges::fill(host.arena(), kCanary);
  const size_t at = 4096;
  auto result = console_read(reinterpret_cast<uint64_t>(host.arena().data() + at), wanted);
  const uint64_t most = std::min(wanted, kExchangePayload);
  require(all(host.arena().first(at), kCanary), "nothing is written before the buffer");
  if (result.ok()) {
    require(result.value() <= most, "a read yields at most what was asked");
    require(all(host.arena().subspan(at + result.value()), kCanary),
            "nothing is written beyond what was read");
    require(all({host.exchange().payload, result.value()}, 0), "the payload is wiped after a read");
  } else {
    require(stream_errno(result.error()), "errors of a read are those of streams");
    require(all(host.arena().subspan(at), kCanary), "a read that fails writes nothing");
  }
}

void write_some(LyingHost& host) {
  const uint64_t wanted = host.script.word() % (2 * kExchangePayload);
  std::ranges::fill(host.arena(), 0x77);
  const int stream = 1 + (host.script.byte() & 1);
  auto result = console_write(stream, reinterpret_cast<uint64_t>(host.arena().data()), wanted);
  const uint64_t most = std::min(wanted, kExchangePayload);
  if (result.ok())
    require(result.value() <= most && (result.value() > 0 || wanted == 0),
            "a write takes at least 1 byte and at most what was given");
  else
    require(stream_errno(result.error()), "errors of a write are those of streams");
  require(all({host.exchange().payload, most}, 0), "the payload is wiped after a write");
  require(all(host.arena(), 0x77), "a write changes no memory of the program");
}

void poll_some(LyingHost& host) {
  const uint32_t mask = host.script.byte() & 7;
  auto result = console_poll(mask, host.script.number());
  if (result.ok())
    require((result.value() & ~mask) == 0, "a poll yields only streams that were asked for");
  else
    require(result.error() == Errno::kIo || result.error() == Errno::kInterrupted,
            "a poll fails by EIO, or is interrupted");
  host.thread().pending_signals = 0;
}

void look_at_clocks(uint64_t& monotonic, uint64_t& realtime) {
  const uint64_t now = monotonic_ns();
  const uint64_t real = realtime_ns();
  require(now >= monotonic && now <= INT64_MAX, "the monotonic clock never runs backwards");
  require(real >= realtime && real <= INT64_MAX, "the realtime clock never runs backwards");
  monotonic = now;
  realtime = real;
}

void sleep_a_while(LyingHost& host) {
  int64_t left = -1;
  const int64_t ns = host.script.number() & INT64_MAX;
  const auto result = sleep_for(ns, left);
  require(left >= 0 && left <= ns, "what is left of a sleep is part of it");
  require(result.ok() || result.error() == Errno::kInterrupted, "a sleep ends, or is interrupted");
  host.thread().pending_signals = 0;
}

}  // namespace

void check_exchange(std::span<const uint8_t> bytes) {
  Script script(bytes);
  constexpr port::Kind kKinds[] = {port::Kind::kProcess, port::Kind::kVm, port::Kind::kProcess,
                                   port::Kind::kSgx};
  const port::Kind kind = kKinds[script.byte() & 3];
  LyingHost host(kind, script);
  uint64_t monotonic = 0, realtime = 0;
  for (int i = 0; i < 64 && !host.script.at_end(); ++i) {
    const size_t calls = host.calls.size();
    switch (host.script.byte() % 8) {
      case 0:
        read_some(host);
        break;
      case 1:
        write_some(host);
        break;
      case 2:
        poll_some(host);
        break;
      case 3:
        look_at_clocks(monotonic, realtime);
        break;
      case 4:
        sleep_a_while(host);
        break;
      case 5:
        port::unpark(host.thread());
        (void)port::park(host.thread(), host.script.number());
        break;
      case 6:
        trace("a line");
        require(host.calls.size() == calls, "nothing is traced that the host did not ask for");
        break;
      default:
        require(!port::start(host.thread()) || kind != port::Kind::kProcess, "no thread starts unasked");
        break;
    }
  }
}

}  // namespace strongroom::kernel::testing
