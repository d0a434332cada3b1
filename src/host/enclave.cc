#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "arch/own_calls.h"
#include "arch/page.h"
#include "host/end_watcher.h"
#include "host/image.h"
#include "strongroom/host.h"
#include "tee/platform.h"

namespace strongroom::host {
namespace {

std::string_view cause_name(kernel::AbortCause cause) {
  switch (cause) {
    case kernel::AbortCause::kUnknown:
      return "unknown";
    case kernel::AbortCause::kInvalidAccess:
      return "invalid_access";
    case kernel::AbortCause::kStackOverflow:
      return "stack_overflow";
    case kernel::AbortCause::kInvalidInstruction:
      return "invalid_instruction";
    case kernel::AbortCause::kArithmetic:
      return "arithmetic";
    case kernel::AbortCause::kBreakpoint:
      return "breakpoint";
    case kernel::AbortCause::kProgramAbort:
      return "program_abort";
    case kernel::AbortCause::kKernelDefect:
      return "kernel_defect";
    case kernel::AbortCause::kHostMisbehaved:
      return "host_misbehaved";
    case kernel::AbortCause::kOutOfMemory:
      return "out_of_memory";
    case kernel::AbortCause::kNoEntropy:
      return "no_entropy";
  }
  return "unknown";
}

bool has_access_address(kernel::AbortCause cause) {
  return cause == kernel::AbortCause::kInvalidAccess || cause == kernel::AbortCause::kStackOverflow;
}

// "write to an invalid address 0x10, at image offset 0x4711 in main+0x21"
std::string describe(const tee::EnclaveEnd& end, const image::ImageView& view) {
  std::string out = end.message;
  if (has_access_address(end.cause)) out += fmt::format(" {:#x}", end.access_address);
  if (end.address == 0) return out;
  out += fmt::format(", at image offset {:#x}", end.address);
  if (const auto place = view.find_symbol(end.address))
    out += fmt::format(" in {}+{:#x}{}", place->name, place->offset,
                       place->in_kernel ? " (enclave kernel)" : "");
  return out;
}

// The library that stands in for the processor, or nothing.
std::string sgx_emulator() {
  const char* path = std::getenv("STRONGROOM_SGX_EMULATOR");
  return path == nullptr ? "" : path;
}

tee::TeeKind kind_of(Tee tee) {
  switch (tee) {
    case Tee::kVm:
      return tee::TeeKind::kVm;
    case Tee::kSgx:
      return tee::TeeKind::kSgx;
    default:
      return tee::TeeKind::kProcess;
  }
}

Result<Tee> choose(Tee wanted) {
  if (wanted != Tee::kAuto) return wanted;
  if (check_available(Tee::kVm)) return Tee::kVm;
  TRY(check_available(Tee::kProcess));
  return Tee::kProcess;
}

}  // namespace

struct Enclave::State {
  State(Image the_image, Tee the_tee, FileDescriptor event_socket, Started started)
      : image(std::move(the_image)),
        tee(the_tee),
        events(std::move(event_socket)),
        warnings(std::move(started.warnings)),
        process_id(started.process_id) {}

  Image image;
  Tee tee;
  FileDescriptor events;
  std::vector<std::string> warnings;
  int process_id;
  std::atomic<bool> killed{false};
  std::optional<Result<End>> end;
  // Where there are calls.
  std::shared_ptr<CallGate> gate;
  std::unique_ptr<EndWatcher> watcher;

  ~State() { shutdown(events.get(), SHUT_RDWR); }  // kills what still runs, and the watcher returns
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<End> receive_end();
  Result<void> open_gate(Packet started, const LaunchOptions& options);
};

Result<void> Enclave::State::open_gate(Packet started, const LaunchOptions& options) {
  if (options.call_area_size == 0) return {};
  if (started.files.size() != 1) return fail(ErrorCode::kMalformed, "the keeper gave no call area");
  gate = std::make_shared<CallGate>(TRY(SharedMapping::map(started.files[0].get(), options.call_area_size)),
                                    options.ocalls, options.switchless_workers);
  watcher = std::make_unique<EndWatcher>([this] { return receive_end(); }, gate);
  return {};
}

Result<End> Enclave::State::receive_end() {
  const auto packet = receive_packet(events.get());
  if (killed) return End{.kind = EndKind::kFailed, .message = "killed by the application"};
  if (!packet) return tl::unexpected<Error>(packet.error());
  if (!*packet) {
    KeeperClient::reap();  // it may have died as well
    return fail(ErrorCode::kUnavailable, "the process that held the enclave was killed");
  }
  const auto* ended = std::get_if<Ended>(&(*packet)->message);
  if (ended == nullptr)
    return fail(ErrorCode::kInternal, "the enclave's process sent a message that nobody expects");
  const tee::EnclaveEnd& e = ended->end;
  switch (e.kind) {
    case tee::EndKind::kExited:
      return End{.kind = EndKind::kExited, .status = e.status};
    case tee::EndKind::kAborted:
      return End{.kind = EndKind::kAborted,
                 .cause = std::string(cause_name(e.cause)),
                 .message = describe(e, image.state_->view)};
    case tee::EndKind::kFailed:
      break;
  }
  return End{.kind = EndKind::kFailed, .message = e.message};
}

Enclave::Enclave(std::unique_ptr<State> state) : state_(std::move(state)) {}
Enclave::Enclave(Enclave&&) noexcept = default;
Enclave& Enclave::operator=(Enclave&&) noexcept = default;
Enclave::~Enclave() = default;

Result<Enclave> Enclave::launch(const Image& image, const LaunchOptions& options) {
  if (options.call_area_size != 0 &&
      (options.call_area_size < calls::kMinimumArea || options.call_area_size > arch::kMaximumCallArea ||
       options.call_area_size % arch::kPageSize != 0))
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("call_area_size is {}; take a multiple of {} from {} to {}", options.call_area_size,
                    arch::kPageSize, calls::kMinimumArea, arch::kMaximumCallArea));
  const Tee tee = TRY(choose(options.tee));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot create the enclave's socket", errno);
  FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);

  const std::shared_ptr<KeeperClient> keeper = TRY(KeeperClient::get(tee == Tee::kSgx ? sgx_emulator() : ""));
  Launch launch;
  launch.image = TRY(image.state_->number_at(keeper));
  launch.allow_unsigned = options.allow_unsigned;
  launch.spare = options.spare;
  launch.request = {.tee = kind_of(tee),
                    .trace = options.trace,
                    .strict = options.strict,
                    .debug = options.debug,
                    .wait_for_debugger = options.wait_for_debugger,
                    .arguments = options.arguments,
                    .environment = options.environment,
                    .call_area_size = options.call_area_size};
  TRY(keeper->launch(
      launch, {options.standard_input, options.standard_output, options.standard_error, theirs.get()}));
  theirs.reset();

  TRY(limit_waits(ours.get(), answer_timeout()));
  auto packet = TRY(receive_packet(ours.get()));
  TRY(limit_waits(ours.get(), 0));
  if (!packet) return fail(ErrorCode::kUnavailable, "the keeper died while it launched the enclave");
  if (const auto* refused = std::get_if<Refused>(&packet->message))
    return fail(refused->code, refused->message);
  auto* started = std::get_if<Started>(&packet->message);
  if (started == nullptr)
    return fail(ErrorCode::kInternal, "the enclave's process sent a message that nobody expects");
  auto state = std::make_unique<State>(image, tee, std::move(ours), std::move(*started));
  TRY(state->open_gate(std::move(*packet), options));
  return Enclave(std::move(state));
}

Tee Enclave::tee() const {
  return state_->tee;
}
int Enclave::process_id() const {
  return state_->process_id;
}
const std::vector<std::string>& Enclave::warnings() const {
  return state_->warnings;
}

edge::CallTransport& Enclave::calls() const {
  return *state_->gate;
}

CallMetrics Enclave::call_metrics() const {
  return state_->gate ? state_->gate->metrics() : CallMetrics{};
}

Result<End> Enclave::stop(std::chrono::nanoseconds patience) {
  if (state_->gate) {
    state_->gate->stop_serving();
    if (const auto end = state_->watcher->wait_for(patience)) return *end;
  }
  kill();
  return wait();
}

Result<End> Enclave::wait() {
  if (state_->watcher) return state_->watcher->wait();
  if (!state_->end) state_->end = state_->receive_end();
  return *state_->end;
}

void Enclave::kill() {
  state_->killed = true;
  shutdown(state_->events.get(), SHUT_RDWR);
}

std::string_view to_string(Tee tee) {
  switch (tee) {
    case Tee::kAuto:
      return "auto";
    case Tee::kProcess:
      return "process";
    case Tee::kVm:
      return "vm";
    case Tee::kSgx:
      return "sgx";
  }
  return "unknown";
}

Result<Tee> tee_from_string(std::string_view name) {
  for (const Tee tee : {Tee::kAuto, Tee::kProcess, Tee::kVm, Tee::kSgx})
    if (to_string(tee) == name) return tee;
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("there is no TEE `{}`; use auto, process, vm or sgx", name));
}

Result<void> check_available(Tee tee) {
  // The machine does not change while the program runs.
  static const tee::Platform platform = tee::probe_platform();
  if (tee == Tee::kAuto) return check_available(Tee::kVm) ? Result<void>{} : check_available(Tee::kProcess);
  if (const std::string emulator = sgx_emulator(); tee == Tee::kSgx && !emulator.empty()) {
    if (access(emulator.c_str(), R_OK) == 0) return {};
    return fail_errno(fmt::format("STRONGROOM_SGX_EMULATOR: cannot read {}", emulator), errno);
  }
  const tee::TeeReport report = tee::assess(kind_of(tee), platform);
  if (report.usable) return {};
  std::string why = fmt::format("this machine cannot run enclaves in `{}`", to_string(tee));
  for (const tee::Shortcoming& shortcoming : report.shortcomings)
    if (shortcoming.prevents_use) why += fmt::format(": {}; {}", shortcoming.consequence, shortcoming.remedy);
  return fail(ErrorCode::kUnsupported, why);
}

}  // namespace strongroom::host
