// The backend "process": see launch.h for what it does and docs/threat-model.md for what it keeps out.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "tee/confine.h"
#include "tee/launch.h"
#include "tee/process/become_enclave.h"
#include "tee/process/exchange_server.h"
#include "tee/process/tracer.h"
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

Result<void> check_machine(const LaunchRequest& request, std::vector<std::string>& missing) {
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
  if (request.debug)
    missing.emplace_back("this is a debug enclave: its memory is ordinary memory, and debuggers may attach");
  if (request.strict && !missing.empty())
    return fail(ErrorCode::kUnsupported, "--strict: " + missing.front());
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

// The same user as the enclave, so that it may end it.
Result<void> confine_tracer(uid_t user) {
  if (!limit_process(0) || !become_user(user) || !forbid_files())
    return fail_errno("cannot confine the enclave's keeper", errno);
  return apply_filter(HolderRole::kTracer);
}

}  // namespace

Result<EnclaveEnd> run_in_process(const PreparedImage& image, const LaunchRequest& request, Streams streams,
                                  const LaunchObserver& observer) {
  std::vector<std::string> missing;
  TRY(check_machine(request, missing));
  const Bytes start_block = TRY(make_start_block(request));
  const arch::ImageHeader& header = image.view.header();
  Exchanges exchanges = TRY(Exchanges::create(header.thread_count));
  std::memcpy(exchanges.mapping[0].payload, start_block.data(), start_block.size());
  Pipe ready = TRY(Pipe::create());
  Pipe failed = TRY(Pipe::create());

  EnclavePlan plan{};
  plan.image = &image;
  plan.base = choose_base(header.enclave_size);
  plan.exchanges = plan.base + header.enclave_size + kExchangeGap;
  plan.exchange_file = exchanges.file.get();
  plan.ready_pipe = ready.read_end.get();
  plan.failure_pipe = failed.write_end.get();
  plan.parent = getpid();
  plan.user = user_of(getpid());
  plan.debug = request.debug;
  plan.wait_for_debugger = request.debug && request.wait_for_debugger;
  plan.entry = plan.base + TRY(image.view.kernel_function("strongroom_entry_process"));

  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create the enclave's process", errno);
  if (child == 0) become_enclave(plan);
  failed.write_end.reset();
  // The slot is taken before the child maps anything. A debug enclave leaves it to the debugger.
  if (!request.debug) {
    if (auto attached = attach(child); !attached) {
      kill(child, SIGKILL);
      return tl::unexpected<Error>(attached.error());
    }
  }
  TRY(confine_tracer(plan.user));
  // This process gives up its privileges before the child has taken its own user; until then kill() is
  // refused.
  const auto end_child = [child] {
    while (kill(child, SIGKILL) != 0 && errno == EPERM) {
      const timespec moment{0, 1'000'000};
      nanosleep(&moment, nullptr);
    }
  };
  ExchangeServer server(exchanges.mapping, header.thread_count, streams, end_child);
  if (server.start_thread(0) != 0)
    return fail(ErrorCode::kResourceExhausted, "cannot create a thread to serve the enclave");
  watch_kill_switch(observer.kill_switch, end_child);
  TRY(write_all(ready.write_end.get(), as_bytes("x")));
  if (observer.started) observer.started(child, missing);
  const int status = run_until_end(child, !request.debug);
  const Failure failure = TRY(read_failure(failed.read_end));
  if (failure.step != Step::kDone) return fail_errno(describe(failure.step), failure.error_number);
  server.services().report(describe_death(status));
  return server.services().end();
}

}  // namespace strongroom::tee
