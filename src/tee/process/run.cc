// The backend "process": see launch.h for what it does and docs/threat-model.md for what it keeps out.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>

#include "base/processors.h"
#include "tee/confine.h"
#include "tee/launch.h"
#include "tee/process/become_enclave.h"
#include "tee/process/exchange_server.h"
#include "tee/system_call_filter.h"

namespace strongroom::tee {
namespace {

using namespace process;

constexpr uint64_t kExchangeGap = uint64_t{1} << 30;  // between the enclave and its exchanges

struct Pipe {
  FileDescriptor read_end, write_end;
  static Result<Pipe> create() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot create a pipe", errno);
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  }
};

struct Exchanges {
  FileDescriptor file;
  kernel::Exchange* mapping;
  static Result<Exchanges> create(uint32_t slots) {
    FileDescriptor file(memfd_create("strongroom-exchange", MFD_CLOEXEC));
    if (!file.valid()) return fail_errno("cannot create the exchange", errno);
    const size_t size = slots * kernel::kExchangeSize;
    if (ftruncate(file.get(), static_cast<off_t>(size)) != 0)
      return fail_errno("cannot size the exchange", errno);
    void* mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapping == MAP_FAILED) return fail_errno("cannot map the exchange", errno);
    return Exchanges{std::move(file), static_cast<kernel::Exchange*>(mapping)};
  }
};

Result<void> check_machine(bool debug, std::vector<std::string>& missing) {
  constexpr unsigned long kFsGsBase = 2;  // HWCAP2_FSGSBASE
  if ((getauxval(AT_HWCAP2) & kFsGsBase) == 0)
    return fail(ErrorCode::kUnsupported,
                "this machine's kernel does not enable FSGSBASE; Linux 5.9 or later on a processor with it "
                "is needed");
  if (!has_secret_memory())
    return fail(
        ErrorCode::kUnsupported,
        "this machine has no memfd_secret; Linux 5.14 or later is needed, and on some secretmem.enable=1");
  if (landlock_version() == 0)
    missing.emplace_back(
        "Landlock is not enabled on this machine; seccomp alone keeps the enclave's process from files");
  if (debug)
    missing.emplace_back("this is a debug enclave: its memory is ordinary memory, and debuggers may attach");
  return {};
}

Result<Failure> read_failure(const FileDescriptor& pipe) {
  Failure failure{Step::kDone, 0};
  while (true) {
    const ssize_t count = read(pipe.get(), &failure, sizeof failure);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read from the enclave's process", errno);
    return failure;
  }
}

EnclaveEnd describe_death(int status) {
  EnclaveEnd end;
  if (WIFSIGNALED(status))
    end.message = fmt::format("the enclave's process was killed by signal {} ({})", WTERMSIG(status),
                              strsignal(WTERMSIG(status)));
  else
    end.message =
        fmt::format("the enclave's process ended with status {} without a word", WEXITSTATUS(status));
  return end;
}

// A process that this one has created, or its guardian; both are this one's children.
class EnclaveProcess {
 public:
  explicit EnclaveProcess(pid_t id) : id_(id) {}
  [[nodiscard]] pid_t id() const { return id_; }

  // This process gives up its privileges before the other has taken its own user; until then kill() is
  // refused.
  void end() const {
    while (kill(id_, SIGKILL) != 0 && errno == EPERM) {
      const timespec moment{0, 1'000'000};
      nanosleep(&moment, nullptr);
    }
  }

  // Yields its wait status when it has ended. Nothing runs in the enclave any more; its guardian is killed.
  int wait() const {
    int status = 0;
    while (waitpid(id_, &status, __WALL) != id_ && errno == EINTR) {
    }
    return status;
  }

  // After wait(): until the guardian has ended as well. With it the machine's kernel zeroes the enclave's
  // memory and takes it back.
  static void wait_until_gone() {
    while (waitpid(-1, nullptr, __WALL) > 0 || errno == EINTR) {
    }
  }

 private:
  pid_t id_;
};

class ProcessEnclave : public ReadyEnclave {
 public:
  ProcessEnclave(Exchanges exchanges, uint32_t slots, EnclaveProcess child, FileDescriptor failure,
                 std::vector<std::string> missing)
      : server_(exchanges.mapping, slots, [child] { child.end(); }),
        child_(child),
        failure_(std::move(failure)),
        missing_(std::move(missing)) {}

  Result<void> enter() {
    if (server_.start_thread(0) != 0)
      return fail(ErrorCode::kResourceExhausted, "cannot create a thread to serve the enclave");
    std::thread([this] { wait_for_end(); }).detach();
    return {};
  }

  Result<void> warm_up() override {
    TRY(check_entered());
    if (server_.services().wait_until_warm()) {
      set_spare(true);
      return {};
    }
    return fail(ErrorCode::kInternal, server_.services().end().message);
  }

  Result<EnclaveEnd> run(const LaunchRequest& request, Streams streams,
                         const LaunchObserver& observer) override {
    set_spare(false);
    if (request.strict) {
      if (!missing_.empty()) return fail(ErrorCode::kUnsupported, "--strict: " + missing_.front());
      if (const Feature lockdown = probe_lockdown(); !lockdown.present)
        return fail(ErrorCode::kUnsupported,
                    "--strict: root can trace this machine's kernel, and so see what an "
                    "enclave has in registers (" +
                        lockdown.detail + "); " + lockdown.remedy);
    }
    Bytes start_block = TRY(make_start_block(request));
    TRY(apply_filter(HolderRole::kServer));
    watch_kill_switches(observer.kill_switches, [child = child_] { child.end(); });
    if (observer.started) observer.started(child_.id(), missing_);
    server_.services().start(std::move(start_block), streams);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return has_ended_; });
    }
    TRY(check_entered());
    return server_.services().end();
  }

  void wait_until_gone() override { EnclaveProcess::wait_until_gone(); }

 private:
  void set_spare(bool is_spare) {
    const std::lock_guard lock(mutex_);
    is_spare_ = is_spare && !has_ended_;
  }

  // In a thread of its own, so that whoever waits for anything else of the enclave hears of its end.
  void wait_for_end() {
    const int status = child_.wait();
    server_.services().report(describe_death(status));
    const std::lock_guard lock(mutex_);
    // Nobody is to be given an enclave that is dead.
    if (is_spare_) _exit(1);
    has_ended_ = true;
    changed_.notify_all();
  }

  // Waits until the child is in the enclave, or has said why not.
  Result<void> check_entered() {
    const Failure failure = TRY(read_failure(failure_));
    if (failure.step != Step::kDone) return fail_errno(describe(failure.step), failure.error_number);
    return {};
  }

  ExchangeServer server_;
  EnclaveProcess child_;
  FileDescriptor failure_;
  std::vector<std::string> missing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_ended_ = false;
  bool is_spare_ = false;  // made, and not launched
};

// The same user as the enclave, so that it may end it.
Result<void> confine_holder(uid_t user) {
  if (!limit_process(0) || !become_user(user) || !forbid_outside(true))
    return fail_errno("cannot confine the enclave's keeper", errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<ReadyEnclave>> make_ready_in_process(const PreparedImage& image,
                                                            const LaunchRequest& request) {
  std::vector<std::string> missing;
  TRY(check_machine(request.debug, missing));
  const arch::ImageHeader& header = image.view.header();
  Exchanges exchanges = TRY(Exchanges::create(header.thread_count));
  Pipe failed = TRY(Pipe::create());

  EnclavePlan plan{};
  plan.image = &image;
  plan.base = choose_base(header.enclave_size);
  plan.exchanges = plan.base + header.enclave_size + kExchangeGap;
  plan.exchange_file = exchanges.file.get();
  plan.call_area_file = request.call_area;
  plan.call_area_size = request.call_area_size;
  exchanges.mapping[0].arguments[0] = request.call_area_size / arch::kPageSize;
  plan.failure_pipe = failed.write_end.get();
  plan.parent = getpid();
  plan.user = user_of(getpid());
  plan.debug = request.debug;
  plan.wait_for_debugger = request.debug && request.wait_for_debugger;
  plan.entry = plan.base + TRY(Result<uint64_t>(image.places.process_entry));
  plan.guardian_entry = plan.base + TRY(Result<uint64_t>(image.places.guardian_entry));
  plan.keeper = request.keeper;
  plan.launch_secret = plan.base + TRY(Result<uint64_t>(image.places.launch_secret));

  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create the enclave's process", errno);
  if (child == 0) become_enclave(plan);
  // What it has to do takes longer than what is left to do here.
  start_elsewhere(child);
  failed.write_end.reset();
  TRY(confine_holder(plan.user));
  auto enclave =
      std::make_unique<ProcessEnclave>(std::move(exchanges), header.thread_count, EnclaveProcess(child),
                                       std::move(failed.read_end), std::move(missing));
  TRY(enclave->enter());
  return enclave;
}

}  // namespace strongroom::tee
