#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "arch/own_calls.h"
#include "arch/page.h"
#include "host/call_gate.h"
#include "host/end_watcher.h"
#include "host/image.h"
#include "strongroom/host.h"
#include "tee/console_log.h"
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

bool has_access_address(const tee::EnclaveEnd& end) {
  return end.access_address != kernel::kNoAccessAddress &&
         (end.cause == kernel::AbortCause::kInvalidAccess || end.cause == kernel::AbortCause::kStackOverflow);
}

// "write to an invalid address 0x10, at image offset 0x4711 in main+0x21"
std::string describe(const tee::EnclaveEnd& end, const image::ImageView& view) {
  std::string out = end.message;
  if (has_access_address(end)) out += fmt::format(" {:#x}", end.access_address);
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

// proc(5), /proc/PID/stat: fields 14 and 15, utime and stime of all threads, in ticks.
std::chrono::nanoseconds processor_time(int process) {
  const auto text = read_file(fmt::format("/proc/{}/stat", process), 4096);
  if (!text) return {};
  const std::string_view line = as_text(*text);
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return {};
  std::istringstream fields{std::string(line.substr(name_end + 1))};
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  int64_t user = 0, system = 0;
  if (!(fields >> user >> system)) return {};
  return std::chrono::nanoseconds((user + system) * (1'000'000'000 / sysconf(_SC_CLK_TCK)));
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
        process_id(started.process_id),
        from_spare(started.from_spare) {}

  Image image;
  Tee tee;
  FileDescriptor events;
  std::vector<std::string> warnings;
  int process_id;
  bool from_spare;
  std::chrono::nanoseconds launch_time{};
  std::chrono::steady_clock::time_point launched_at = std::chrono::steady_clock::now();
  // Nanoseconds from launched_at to the end, once it was noticed.
  std::atomic<int64_t> age_at_end{-1};
  FileDescriptor log;
  std::atomic<bool> killed{false};
  std::optional<Result<End>> end;
  std::shared_ptr<CallGate> gate;  // where there are calls
  // Where somebody wants to hear of the end at once.
  std::unique_ptr<EndWatcher> watcher;

  ~State() { shutdown(events.get(), SHUT_RDWR); }  // kills what still runs, and the watcher returns
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<End> receive_end();
  Result<void> begin(Packet started, const LaunchOptions& options);

 private:
  Result<End> receive();
};

// Takes over what the holder shares, and watches for the end where the options ask for that.
Result<void> Enclave::State::begin(Packet started, const LaunchOptions& options) {
  const bool has_calls = options.call_area_size != 0;
  if (started.files.size() != (has_calls ? 2u : 1u))
    return fail(ErrorCode::kMalformed, "the keeper gave no log, or no call area");
  log = std::move(started.files[0]);
  if (has_calls) {
    auto area = TRY(SharedMapping::map(started.files[1].get(), options.call_area_size));
    gate = std::make_shared<CallGate>(std::move(area), options.ocalls, options.switchless_workers);
  }
  if (options.on_event) {
    options.on_event({Event::Kind::kLaunched, fmt::format("process {}", process_id)});
    for (const std::string& warning : warnings) options.on_event({Event::Kind::kWarning, warning});
  }
  if (!has_calls && !options.on_event) return {};
  watcher = std::make_unique<EndWatcher>(
      [this] { return receive_end(); },
      [tell = options.on_event, call_gate = gate](const Result<End>& ended) {
        const std::string why = why_it_ended(ended);
        if (call_gate) call_gate->end({ErrorCode::kUnavailable, "the enclave has ended: " + why});
        if (tell) tell({Event::Kind::kEnded, why});
      });
  return {};
}

Result<End> Enclave::State::receive_end() {
  const Result<End> ended = receive();
  age_at_end = (std::chrono::steady_clock::now() - launched_at).count();
  return ended;
}

Result<End> Enclave::State::receive() {
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
                 .signal = e.status,
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
  const auto begun = std::chrono::steady_clock::now();
  const Tee tee = TRY(choose(options.tee));
  auto [ours, theirs] = TRY(SocketPair::create("the enclave's socket"));
  const std::shared_ptr<KeeperClient> keeper =
      TRY(KeeperClient::get(options.keeper, tee == Tee::kSgx ? sgx_emulator() : ""));
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
  launch.name = image.state_->name;
  for (const int stream : {options.standard_input, options.standard_output, options.standard_error})
    if (fcntl(stream, F_GETFD) < 0)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("a standard stream of the program is to be descriptor {}, which is not open; "
                              "give an open one, of /dev/null for instance",
                              stream));
  const int files[] = {options.standard_input, options.standard_output, options.standard_error, theirs.get()};
  TRY(keeper->launch(launch, files));
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
  state->launch_time = state->launched_at - begun;
  TRY(state->begin(std::move(*packet), options));
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

SharedBuffer::SharedBuffer(std::shared_ptr<CallGate> gate, std::span<uint8_t> lent, std::span<uint8_t> bytes)
    : gate_(std::move(gate)), lent_(lent), bytes_(bytes) {}
SharedBuffer::SharedBuffer(SharedBuffer&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)),
      lent_(other.lent_),
      bytes_(std::exchange(other.bytes_, {})) {}
SharedBuffer& SharedBuffer::operator=(SharedBuffer&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(lent_, other.lent_);
  std::swap(bytes_, other.bytes_);
  return *this;
}
SharedBuffer::~SharedBuffer() {
  if (gate_) gate_->give_back(lent_);
}

Result<SharedBuffer> Enclave::shared_buffer(size_t size) const {
  if (!state_->gate)
    return fail(ErrorCode::kInvalidArgument,
                "an enclave that was launched without a call area shares no memory; set call_area_size");
  const std::span<uint8_t> lent = TRY(state_->gate->lend(size));
  return SharedBuffer(state_->gate, lent, lent.first(size));
}

CallMetrics Enclave::call_metrics() const {
  return state_->gate ? state_->gate->metrics() : CallMetrics{};
}

Metrics Enclave::metrics() const {
  const int64_t at_end = state_->age_at_end;
  return {.launch_time = state_->launch_time,
          .from_spare = state_->from_spare,
          .age = at_end < 0 ? std::chrono::steady_clock::now() - state_->launched_at
                            : std::chrono::nanoseconds(at_end),
          .processor_time = at_end < 0 ? processor_time(state_->process_id) : std::chrono::nanoseconds(0),
          .calls = call_metrics()};
}

Result<std::string> Enclave::log() const {
  return tee::read_console_log(state_->log);
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

Result<KeeperChoice> keeper_from_string(std::string_view name) {
  if (name == "auto") return KeeperChoice::kAuto;
  if (name == "daemon") return KeeperChoice::kDaemon;
  if (name == "own") return KeeperChoice::kOwn;
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("there is no keeper `{}`; use auto, daemon or own", name));
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
