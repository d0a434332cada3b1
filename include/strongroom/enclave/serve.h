// Serving the calls of the host: the life of an enclave that is a part of a program.
//
//   #include <strongroom/enclave.h>
//   #include "hello_enclave.h"                       // generated from hello.edl
//
//   int hello::ecall::add(int a, int b) { return a + b; }
//   int main() { return strongroom::enclave::run(hello::serve); }
#pragma once

#include <cstdint>
#include <span>

#include "strongroom/edge/transport.h"
#include "strongroom/result.h"

namespace strongroom::edge {
struct ServerCall;
}

namespace strongroom::enclave {

// serve() of generated code: what runs one call of the host.
using ServeEcall = void (*)(edge::ServerCall& call);

struct ServeOptions {
  // How many calls of the host can be under way at a time: each has a thread of the enclave. 0: as many as
  // the manifest's `threads` leaves over, at most 64. A program that starts threads of its own says less.
  uint32_t workers = 0;
  // How many further threads look for switchless ecalls (transition_using_threads in the EDL file): they spin
  // while there are some, and sleep when there have been none for a while. Without one that is awake an ecall
  // goes the ordinary way.
  uint32_t switchless_workers = 0;
  // How deep ecalls may nest on one thread (an ocall that makes an ecall that makes an ocall ...). Further
  // ones are refused with kResourceExhausted.
  uint32_t deepest = 64;
};

// Serves calls in the calling thread and in threads that it starts, until the host asks the enclave to end
// (host::Enclave::stop) and the calls under way are over. kUnavailable outside an enclave, or in one that was
// launched without a call area. Once in the life of an enclave; no thread of the host is in the enclave
// before and after it.
Result<void> serve(ServeEcall ecalls, const ServeOptions& options = {});

// serve(), for main(): 0, or 1 after a message on standard error.
int run(ServeEcall ecalls, const ServeOptions& options = {});

}  // namespace strongroom::enclave
