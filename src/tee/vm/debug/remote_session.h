// One debugger's conversation: requests of the remote serial protocol, answered from a Target ("Debugging
// with GDB", appendix E.2 to E.4). What it does not know it answers with an empty packet, as the protocol
// wants.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tee/vm/debug/remote_protocol.h"
#include "tee/vm/debug/target.h"

namespace strongroom::tee::vm::debug {

// Used by one thread.
class RemoteSession {
 public:
  // `target` outlives the session; its threads stand still at `stop`.
  RemoteSession(Target& target, const Stop& stop) : target_(target), stop_(stop), thread_(stop.thread) {}

  // What to send in answer to these bytes: whole packets and acknowledgements.
  std::string receive(ByteView bytes);
  // After a resume: the packet that says that all threads stand still again, and why.
  std::string stopped(const Stop& stop);
  // The packet that says that the program has ended: with an exit code, or as if by a signal.
  std::string exited(uint8_t code);
  std::string killed(Signal signal);

  // Whether threads run, so that a stop has to be told.
  [[nodiscard]] bool is_running() const { return running_; }
  // The debugger has detached itself: close the connection.
  [[nodiscard]] bool is_over() const { return over_; }

 private:
  // None: there is nothing to say until threads stop.
  std::optional<std::string> answer(std::string_view request);
  std::string send(std::string_view payload);
  std::string answer_query(RequestReader request);
  std::string answer_features(RequestReader request);
  std::string answer_registers();
  std::string answer_register(RequestReader request);
  std::string write_registers(std::string_view digits);
  std::string write_register(RequestReader request);
  std::string read_memory(RequestReader request);
  std::string write_memory(RequestReader request, bool binary);
  std::string change_breakpoint(RequestReader request, bool insert);
  std::string select_thread(RequestReader request);
  std::optional<std::string> resume(RequestReader request);
  [[nodiscard]] bool exists(uint32_t thread);
  [[nodiscard]] std::string describe_stop() const;

  Target& target_;
  PacketReader reader_;
  Stop stop_;
  uint32_t thread_;  // that registers are asked of
  bool acknowledges_ = true;
  bool running_ = false;
  bool over_ = false;
  std::string last_;  // packet, for when it has to be sent again
};

}  // namespace strongroom::tee::vm::debug
