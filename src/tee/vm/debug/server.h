// Serves debuggers, one after the other, at a debug enclave's socket.
#pragma once

#include <thread>

#include "tee/enclave_end.h"
#include "tee/vm/debug/debug_socket.h"
#include "tee/vm/debug/debugger.h"
#include "tee/vm/debug/remote_session.h"

namespace strongroom::tee::vm::debug {

class Server {
 public:
  static Result<FileDescriptor> create_wake_up();
  // Writes to `wake_up` make the server look for stops.
  Server(DebugSocket socket, FileDescriptor wake_up)
      : socket_(std::move(socket)), wake_up_(std::move(wake_up)) {}
  ~Server() { end({}); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Starts the server's thread. `debugger` outlives the server.
  void start(Debugger& debugger);
  void wake();
  // The enclave has ended so: tells a debugger that is there, and stops serving.
  void end(const EnclaveEnd& how);

 private:
  void serve();
  // Until the debugger or the enclave is gone.
  void serve(const FileDescriptor& connection);
  // False: nothing is to be heard any more.
  bool receive(const FileDescriptor& connection, RemoteSession& session);
  std::string farewell(RemoteSession& session);

  DebugSocket socket_;
  FileDescriptor wake_up_;
  Debugger* debugger_ = nullptr;
  EnclaveEnd end_;
  std::thread thread_;
};

}  // namespace strongroom::tee::vm::debug
