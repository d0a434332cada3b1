// What it takes to launch an enclave, to be there, and to end: against fork, exec and exit of the same
// program, and for virtual machines a bare one as well. Rounds interleave all of them; the figures are
// medians.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/file.h"
#include "image/elf_file.h"
#include "image/image_builder.h"
#include "kvm_floor.h"
#include "memory_use.h"
#include "report.h"
#include "session.h"
#include "strongroom/host.h"

namespace {

using namespace strongroom;
using namespace strongroom::bench;

constexpr int kRounds = 60;
constexpr double kMostKernelBytes = 256 << 10;

double microseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

// fork, exec, exit, with the output thrown away.
Result<double> native_run(std::vector<std::string> command, int sink) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, sink, STDOUT_FILENO);
  const std::string program = command.front();
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int status = -1;
  // posix_spawn uses vfork's way, which is cheaper than fork from a large process: the harder floor.
  const double took = microseconds([&] {
    pid_t child = 0;
    if (posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0)
      waitpid(child, &status, 0);
  });
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) return fail(ErrorCode::kInternal, program + " does not run");
  return took;
}

// How an application launches. `launch` is the one that the target is about: an application or daemon that
// launches an image again and again, by the defaults of LaunchOptions. The others tell what the same costs
// where nothing was made ahead.
struct Manner {
  const char* name;
  bool spare;
  std::chrono::milliseconds pause;
  host::KeeperChoice keeper = host::KeeperChoice::kOwn;
  uint64_t call_area_size = 0;
};
constexpr std::chrono::milliseconds kPause(50);  // time for the keeper to make an enclave ahead
constexpr Manner kManners[] = {{"launch", true, kPause},
                               {"launch_with_calls", true, kPause, host::KeeperChoice::kOwn, 16 << 20},
                               {"launch_by_daemon", true, kPause, host::KeeperChoice::kDaemon},
                               // Each enclave made when it is asked for.
                               {"launch_cold", false, std::chrono::milliseconds(0)},
                               {"launch_back_to_back", true, std::chrono::milliseconds(0)}};

Result<double> enclave_run(const host::Image& image, host::Tee tee, const Manner& manner, int sink) {
  Result<host::End> end = fail(ErrorCode::kInternal, "not run");
  host::LaunchOptions options;
  options.tee = tee;
  options.spare = manner.spare;
  options.keeper = manner.keeper;
  options.call_area_size = manner.call_area_size;
  options.allow_unsigned = true;
  options.standard_output = sink;
  const double took = microseconds([&] {
    auto enclave = host::Enclave::launch(image, options);
    end = enclave ? enclave->wait() : Result<host::End>(tl::unexpected<Error>(enclave.error()));
  });
  const host::End outcome = TRY(std::move(end));
  if (outcome.kind != host::EndKind::kExited || outcome.status != 0)
    return fail(ErrorCode::kInternal, outcome.message);
  return took;
}

Result<host::Image> build(const std::filesystem::path& program, const std::filesystem::path& kernel) {
  const auto built = TRY(image::build_image(image::default_manifest(program), kernel));
  return host::Image::from_bytes(built.file);
}

Result<double> kernel_bytes(const std::filesystem::path& kernel) {
  const Bytes file = TRY(read_file(kernel));
  const image::ElfFile elf = TRY(image::ElfFile::parse(file));
  double total = 0;
  for (const auto& segment : elf.segments())
    if (segment.type == 1) total += static_cast<double>(segment.memory_size);
  return total;
}

// The machine's keeper, with a socket and a platform of its own.
class Daemon {
 public:
  static Result<std::unique_ptr<Daemon>> start(const std::filesystem::path& command) {
    char name[] = "/tmp/strongroom-bench-XXXXXX";
    if (mkdtemp(name) == nullptr) return fail_errno("cannot create a directory", errno);
    const std::filesystem::path directory = name;
    std::string words[] = {command,   "keeper",           "--socket", directory / "socket",
                           "--state", directory / "state"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t process = 0;
    if (const int failed =
            posix_spawn(&process, command.c_str(), nullptr, nullptr, arguments.data(), environ))
      return fail_errno("cannot start " + command.string(), failed);
    std::unique_ptr<Daemon> daemon(new Daemon(directory, process));
    for (int i = 0; i < 1000 && !std::filesystem::exists(directory / "socket"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    setenv("STRONGROOM_KEEPER_SOCKET", (directory / "socket").c_str(), 1);
    return daemon;
  }
  ~Daemon() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

 private:
  Daemon(std::filesystem::path directory, pid_t process)
      : directory_(std::move(directory)), process_(process) {}
  std::filesystem::path directory_;
  pid_t process_;
};

// The floor is measured between the launches: both see the same machine.
Result<Row> measure(const Manner& manner, host::Tee tee, const std::filesystem::path& program,
                    const host::Image& image, int sink) {
  // The first starts the keeper, measures the image and is no launch like the others.
  for (int i = 0; i < 3; ++i) {
    TRY(enclave_run(image, tee, manner, sink));
    std::this_thread::sleep_for(manner.pause);
  }
  std::vector<double> native, enclave, bare;
  for (int round = 0; round < kRounds; ++round) {
    enclave.push_back(TRY(enclave_run(image, tee, manner, sink)));
    std::this_thread::sleep_for(manner.pause);
    native.push_back(TRY(native_run({program}, sink)));
    if (tee == host::Tee::kVm) bare.push_back(TRY(bare_machine()));
  }
  const double floor = median(native) + (tee == host::Tee::kVm ? median(bare) : 0);
  return make_row(manner.name, std::string(host::to_string(tee)), median(enclave), "us", floor,
                  Bound::kAtMost, 3);
}

// `strongroom run` from a shell, with all that an application does once: the command and its keeper start,
// the image is read, measured and verified. With the machine's daemon there is no keeper to start, and the
// image is known, and so made ahead, from the second time on.
Result<Row> measure_command(const std::string& keeper, host::Tee tee, const std::filesystem::path& command,
                            const std::filesystem::path& program, const std::filesystem::path& image,
                            int sink) {
  constexpr int kCommandRounds = 15;
  std::vector<double> native, enclave;
  for (int round = -3; round < kCommandRounds; ++round) {
    const double took = TRY(native_run({command, "run", "--allow-unsigned", "--tee",
                                        std::string(host::to_string(tee)), "--keeper", keeper, image},
                                       sink));
    std::this_thread::sleep_for(kPause);
    if (round < 0) continue;
    enclave.push_back(took);
    native.push_back(TRY(native_run({program}, sink)));
  }
  return make_row("command_" + keeper, std::string(host::to_string(tee)), median(enclave), "us",
                  median(native), Bound::kAtMost, 3);
}

Result<void> run(const std::filesystem::path& build_directory, const std::filesystem::path& output) {
  const std::filesystem::path program = build_directory / "bench/guest/hello";
  const std::filesystem::path sleeper = build_directory / "bench/guest/sleeper";
  const std::filesystem::path kernel = build_directory / "src/kernel/strongroom-kernel.elf";
  const host::Image image = TRY(build(program, kernel));
  const host::Image sleeper_image = TRY(build(sleeper, kernel));
  const std::filesystem::path file = output.string() + ".enclave";
  TRY(write_file(file, TRY(image::build_image(image::default_manifest(program), kernel)).file));
  const FileDescriptor sink(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const bool has_vm = host::check_available(host::Tee::kVm).has_value();

  const auto daemon = TRY(Daemon::start(build_directory / "src/cli/strongroom"));
  std::vector<Row> rows;
  for (const host::Tee tee : {host::Tee::kProcess, host::Tee::kVm}) {
    if (tee == host::Tee::kVm && !has_vm) continue;
    for (const Manner& manner : kManners)
      rows.push_back(TRY(measure(manner, tee, program, image, sink.get())));
    for (const char* keeper : {"own", "daemon"})
      rows.push_back(TRY(
          measure_command(keeper, tee, build_directory / "src/cli/strongroom", program, file, sink.get())));
  }
  std::filesystem::remove(file);
  rows.push_back(make_row("memory_beyond_program", "process",
                          TRY(memory_beyond(sleeper, sleeper_image, host::Tee::kProcess)), "bytes", 1 << 20,
                          Bound::kAtMost, 1));
  if (has_vm)
    rows.push_back(make_row("memory_beyond_program", "vm",
                            TRY(memory_beyond(sleeper, sleeper_image, host::Tee::kVm)), "bytes", 1 << 20,
                            Bound::kAtMost, 1));
  rows.push_back(make_row("kernel_size", "host", TRY(kernel_bytes(kernel)), "bytes", kMostKernelBytes,
                          Bound::kAtMost, 1));
  return write_rows(output, rows);
}

}  // namespace

int main(int argc, char** argv) {
  return strongroom::bench::session_main(argc, argv, run);
}
