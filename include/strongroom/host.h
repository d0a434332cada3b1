// Launching enclaves from an application.
//
//   using namespace strongroom;
//   auto image = host::Image::open("train.enclave");                    // checked and measured, once
//   auto enclave = host::Enclave::launch(*image, {.tee = host::Tee::kAuto});
//   auto end = enclave->wait();
//   if (end->kind == host::EndKind::kExited) return end->status;
//
// An enclave never lives in the application's address space: a keeper launches it, in processes of its own.
// That is the machine's daemon (`strongroom keeper`, docs/keeper.md) where it runs; else the first launch
// starts a keeper for this application. The application, the keeper and the enclave's streams can be killed
// at any moment; every call then returns an error that says what died, and nothing is left behind.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::edge {
class CallTransport;
struct ServerCall;
}  // namespace strongroom::edge

namespace strongroom::host {

// Serves one call of the enclave, on the thread whose call it came from: NAME::serve() of generated code,
// with the object that implements the functions.
using ServeOcall = std::function<void(edge::ServerCall& call)>;

enum class Tee : uint32_t {
  kAuto = 0,  // the strongest that this machine has: vm, then process
  kProcess = 1,
  kVm = 2,
  // Needs SGX2 and Linux 6.0, or less (docs/sgx.md). With STRONGROOM_SGX_EMULATOR, a path of libsgxemu.so, an
  // emulation for tests takes the processor's place, which protects nothing; Enclave::warnings() says so.
  kSgx = 3,
};
// "auto", "process", "vm", "sgx".
std::string_view to_string(Tee tee);
Result<Tee> tee_from_string(std::string_view name);

// What an image proves about itself.
struct Identity {
  std::array<uint8_t, 32> mrenclave{};
  bool is_signed = false;
  std::array<uint8_t, 32> mrsigner{};  // zeros while unsigned, as are the next
  uint16_t product_id = 0;
  uint16_t svn = 0;
  bool debug_permitted = false;
};

// Who launches enclaves. Each keeper is a platform of its own: what an enclave seals at one, none opens at
// another.
enum class KeeperChoice : uint32_t {
  // The daemon at /run/strongroom/keeper.sock, where there is such a socket; else a keeper of this
  // application. The environment decides otherwise: STRONGROOM_KEEPER_SOCKET names another socket or, empty,
  // asks for a keeper of the application's own, as does STRONGROOM_KEEPER, the path of its program.
  kAuto = 0,
  kDaemon = 1,  // and no other: kUnavailable where it does not answer
  kOwn = 2,
};
// "auto", "daemon", "own".
Result<KeeperChoice> keeper_from_string(std::string_view name);

// An image in memory. Immutable; copies share it; thread safe.
class Image {
 public:
  // Reads the whole file, checks it, computes MRENCLAVE and verifies the signature. kNotFound, kMalformed,
  // kVerificationFailed.
  static Result<Image> open(const std::filesystem::path& path);
  // `name`: what people see of it, for instance in `strongroom ps`; open() takes the file's.
  static Result<Image> from_bytes(std::span<const uint8_t> bytes, std::string name = {});

  [[nodiscard]] const Identity& identity() const;

 private:
  friend class Enclave;
  struct State;
  explicit Image(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

// What happens to an enclave, as it happens.
struct Event {
  enum class Kind : uint32_t {
    kLaunched,  // `text`: its process
    kWarning,   // `text`: a protection that this machine lacks
    kEnded,     // `text`: how, in words
  };
  Kind kind = Kind::kLaunched;
  std::string text{};
};

struct LaunchOptions {
  Tee tee = Tee::kAuto;
  KeeperChoice keeper = KeeperChoice::kAuto;
  // Refuse to run where this machine lacks a protection of the TEE. Otherwise Enclave::warnings() names what
  // is missing.
  bool strict = false;
  // ATTRIBUTES.DEBUG: debuggers may attach, and nothing is kept from them. Only for images that permit it.
  bool debug = false;
  // With `debug`, in `process` or `vm`: the enclave waits before its first instruction until a debugger
  // attaches. See docs/debugging.md.
  bool wait_for_debugger = false;
  // Run an image that nobody signed. Its signer is then nobody: it cannot seal to a signer, and policies
  // refuse it.
  bool allow_unsigned = false;
  // Write the names of system calls that the enclave kernel does not serve to the error stream, once each.
  bool trace = false;
  // From the second launch of the same image in a row on (at the daemon: from the first one on, for several
  // images) the keeper makes one enclave more, ahead of the next launch: made, loaded and entered, but its
  // program waits for that launch's arguments, environment and streams. That launch is then several times
  // faster. It costs the memory that the image has for itself (about 1 MiB) and one or two processes for as
  // long as the image is open, and the processor's time after a launch. Each enclave serves one launch, as
  // always. Debug enclaves are never made ahead.
  bool spare = true;
  std::vector<std::string> arguments{};  // argv[1..], where the manifest allows insecure_host_arguments
  std::vector<std::string>
      environment{};  // KEY=VALUE, where the manifest lists KEY in insecure_host_environment
  // For calls: how much memory the application shares with the enclave, a multiple of 4096 from 1 MiB to 256
  // MiB; 0: none, and no calls. It costs what of it is used. The launch() of generated code takes 16 MiB
  // where this is 0. A call cannot carry more than about half of it.
  uint64_t call_area_size = 0;
  // How many threads of the application look for switchless ocalls (transition_using_threads in the EDL
  // file): they spin while there are some, and sleep when there have been none for a while. Without one that
  // is awake an ocall goes the ordinary way. Only with a call area.
  uint32_t switchless_workers = 0;
  // What the enclave may ask of the application; the launch() of generated code fills it in.
  ServeOcall ocalls{};
  // Called with each event: from launch() before it returns, and for the end from a thread of its own, which
  // must not destroy the enclave and does nothing else meanwhile.
  std::function<void(const Event&)> on_event{};
  // Descriptors of the application that become the program's streams. They are duplicated; the caller keeps
  // his.
  int standard_input = 0;
  int standard_output = 1;
  int standard_error = 2;
};

enum class EndKind : uint32_t {
  kExited,   // the program returned from main or called exit
  kAborted,  // the enclave ended itself: a fault, abort(), or a host that broke the rules
  kFailed,   // the TEE or the keeper failed
};

struct End {
  EndKind kind = EndKind::kFailed;
  int status = 0;  // of kExited: 0..255
  // Of kAborted: the signal that the program would have died of outside, SIGSEGV for one; 0 where it is not
  // the program that failed.
  int signal = 0;
  // Of kAborted: "stack_overflow", "invalid_access", ... (kernel/host_interface.h, AbortCause).
  std::string cause{};
  std::string
      message{};  // one line that says what happened, where, and in which function where symbols exist
};

// How an enclave has been called so far.
struct CallMetrics {
  uint64_t ecalls = 0;             // from outside: not those that came in during an ocall
  uint64_t switchless_ecalls = 0;  // of them, that a switchless worker took
  uint64_t ocalls = 0;             // ordinary and switchless
  uint64_t switchless_ocalls = 0;  // of them, that a switchless worker took
  uint32_t workers = 0;  // threads of the enclave that serve ordinary calls; 0 before it serves. Its own word
};

struct Metrics {
  std::chrono::nanoseconds launch_time{};  // that launch() took
  bool from_spare = false;                 // the keeper had made it ahead
  std::chrono::nanoseconds age{};          // since launch() returned; until the end, where that was noticed
  // Processor time of process_id() so far; 0 when it has ended.
  std::chrono::nanoseconds processor_time{};
  CallMetrics calls{};
};

class CallGate;

// Memory that an application shares with one enclave, for large arguments. An [in] span of at least 4 KiB
// that lies in it is not copied into the call: the enclave copies it once, out of here, and checks its copy.
// (Any other span is copied twice.) The enclave sees it, and may change it, at any time; so may the
// application, whose change during a call reaches the enclave or does not. It takes from the call area, and
// goes back when this object ends; it may outlive the enclave.
class SharedBuffer {
 public:
  SharedBuffer(SharedBuffer&& other) noexcept;
  SharedBuffer& operator=(SharedBuffer&& other) noexcept;
  ~SharedBuffer();
  // Not cleared: what earlier calls left there may stand in it.
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }
  // The same as objects of a trivial type.
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::span<T> as() const {
    return {reinterpret_cast<T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }

 private:
  friend class Enclave;
  SharedBuffer(std::shared_ptr<CallGate> gate, std::span<uint8_t> lent, std::span<uint8_t> bytes);
  std::shared_ptr<CallGate> gate_;
  std::span<uint8_t> lent_, bytes_;  // `lent_` may be larger
};

// A running enclave. Moves, never copies. The destructor kills an enclave that still runs. Thread safe, but
// wait() by one thread at a time.
class Enclave {
 public:
  // Starts it and returns when its process or virtual machine has been made. kVerificationFailed for unsigned
  // images and for debug where it is not permitted; kUnsupported where this machine cannot; kUnavailable when
  // the keeper cannot be started.
  static Result<Enclave> launch(const Image& image, const LaunchOptions& options);
  Enclave(Enclave&&) noexcept;
  Enclave& operator=(Enclave&&) noexcept;
  ~Enclave();

  [[nodiscard]] Tee tee() const;
  // The process that holds the enclave: of the enclave itself in `process`, of the monitor in `vm`.
  [[nodiscard]] int process_id() const;
  // Protections that this machine lacks, one sentence each.
  [[nodiscard]] const std::vector<std::string>& warnings() const;

  // Waits for the end. kUnavailable when the keeper died before it could tell. Further calls give the same
  // answer at once.
  Result<End> wait();
  // The way into the enclave, for generated code. Only for an enclave that was launched with a call area.
  // Lives as long as the enclave; used by any number of threads. When the enclave ends, for whatever reason,
  // each call that is under way, and each later one, fails with kUnavailable and a message that says why.
  [[nodiscard]] edge::CallTransport& calls() const;

  // kResourceExhausted where the call area has no such room left; kInvalidArgument without a call area.
  Result<SharedBuffer> shared_buffer(size_t size) const;

  // Zeros for an enclave without a call area.
  [[nodiscard]] CallMetrics call_metrics() const;
  [[nodiscard]] Metrics metrics() const;
  // What the program has written to its standard error last, at most 64 KiB, whatever became of it there;
  // also after the end. It is the enclave's word: put it on no terminal as it is.
  [[nodiscard]] Result<std::string> log() const;

  // Asks the enclave to end: its serve() returns when the calls under way are over, and its main() goes on.
  // Kills it after `patience`. An enclave without calls knows no such request, and is killed at once.
  Result<End> stop(std::chrono::nanoseconds patience = std::chrono::seconds(10));
  // Ends the enclave at once; wait() then returns kFailed with "killed by the application".
  void kill();

 private:
  struct State;
  explicit Enclave(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether this machine can run enclaves in this TEE, and why not. kAuto: whether it can run any.
Result<void> check_available(Tee tee);

}  // namespace strongroom::host
