#include "running.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "base/file.h"
#include "image/image_builder.h"

namespace strongroom::tee_test {
namespace {

struct Pipe {
  FileDescriptor read_end, write_end;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
  }
};

[[maybe_unused]] const int emulator_chosen =
    setenv("STRONGROOM_SGX_EMULATOR", STRONGROOM_TEST_SGX_EMULATOR, 0);

template <typename T>
T need(Result<T> result, const std::string& what) {
  if (!result) throw std::runtime_error(what + ": " + result.error().message);
  return std::move(*result);
}

// Feeds the input and collects both outputs until both end. False when that takes longer than kPatience.
bool exchange(FileDescriptor input, std::string_view text, bool hold_input, int output, int error,
              Finished& into) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  fcntl(input.get(), F_SETFL, O_NONBLOCK);
  bool output_open = true, error_open = true;
  const auto collect = [](int file, std::string& to, bool& open) {
    char piece[65536];
    const ssize_t size = read(file, piece, sizeof piece);
    if (size <= 0)
      open = false;
    else
      to.append(piece, static_cast<size_t>(size));
  };
  while (output_open || error_open) {
    if (text.empty() && !hold_input) input.reset();
    pollfd files[] = {{input.valid() && !text.empty() ? input.get() : -1, POLLOUT, 0},
                      {output_open ? output : -1, POLLIN, 0},
                      {error_open ? error : -1, POLLIN, 0}};
    poll(files, 3, 1000);
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (files[0].revents != 0) {
      const ssize_t size = write(input.get(), text.data(), text.size());
      if (size > 0)
        text.remove_prefix(static_cast<size_t>(size));
      else if (errno != EAGAIN)
        text = {};  // nobody reads any more
    }
    if (files[1].revents != 0) collect(output, into.output, output_open);
    if (files[2].revents != 0) collect(error, into.error, error_open);
  }
  return true;
}

}  // namespace

std::string tee_name(const testing::TestParamInfo<host::Tee>& info) {
  return std::string(host::to_string(info.param));
}

bool without_edmm() {
  return getenv("STRONGROOM_SGX_EMULATOR_MODEL") != nullptr;
}

bool with_aex_notify() {
  return getenv("STRONGROOM_TEST_AEX_NOTIFY") != nullptr;
}

bool faults_go_unreported(host::Tee tee) {
  const char* const model = getenv("STRONGROOM_SGX_EMULATOR_MODEL");
  return tee == host::Tee::kSgx && model != nullptr && std::string_view(model) == "sgx1";
}

void InTee::SetUp() {
  signal(SIGPIPE, SIG_IGN);
  if (const auto available = host::check_available(GetParam()); !available)
    GTEST_SKIP() << available.error().message;
}

std::string kernel_file() {
  const char* const faulty = getenv("STRONGROOM_TEST_KERNEL_FILE");
  return faulty != nullptr ? faulty : STRONGROOM_TEST_KERNEL;
}

Bytes build(const std::filesystem::path& program, const Adjust& adjust) {
  image::Manifest manifest = image::default_manifest(program);
  if (adjust) adjust(manifest);
  if (without_edmm()) manifest.sgx_edmm = false;
  if (with_aex_notify()) manifest.sgx_aex_notify = true;
  return need(image::build_image(manifest, kernel_file()), "cannot build the image").file;
}

host::Image image_of(const std::filesystem::path& program, const Adjust& adjust) {
  return need(host::Image::from_bytes(build(program, adjust)), "cannot open the image");
}

void allow_host_arguments(image::Manifest& manifest) {
  manifest.insecure_host_arguments = true;
}

std::ostream& operator<<(std::ostream& out, const Finished& finished) {
  const size_t shown = 4000;
  return out << "end: kind " << static_cast<int>(finished.end.kind) << ", status " << finished.end.status
             << ", cause `" << finished.end.cause << "`, message `" << finished.end.message << "`"
             << (finished.in_time ? "" : " (killed: it hung)")
             << "\noutput: " << finished.output.substr(0, shown)
             << "\nerror: " << finished.error.substr(0, shown);
}

Finished run(const host::Image& image, const Request& request) {
  Pipe input, output, error;
  host::Enclave enclave = need(host::Enclave::launch(image, {.tee = request.tee,
                                                             .debug = request.debug,
                                                             .allow_unsigned = true,
                                                             .arguments = request.arguments,
                                                             .environment = request.environment,
                                                             .standard_input = input.read_end.get(),
                                                             .standard_output = output.write_end.get(),
                                                             .standard_error = error.write_end.get()}),
                               "cannot launch");
  input.read_end.reset();
  output.write_end.reset();
  error.write_end.reset();
  if (request.while_running) request.while_running(enclave);
  Finished finished;
  finished.in_time = exchange(std::move(input.write_end), request.input, request.hold_input,
                              output.read_end.get(), error.read_end.get(), finished);
  if (!finished.in_time) enclave.kill();
  finished.end = need(enclave.wait(), "cannot wait");
  return finished;
}

Finished run_natively(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  Pipe input, output, error;
  const pid_t child = fork();
  if (child == 0) {
    dup2(input.read_end.get(), 0);
    dup2(output.write_end.get(), 1);
    dup2(error.write_end.get(), 2);
    std::vector<char*> all{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) all.push_back(const_cast<char*>(argument.c_str()));
    all.push_back(nullptr);
    execv(program.c_str(), all.data());
    _exit(127);
  }
  input.read_end.reset();
  output.write_end.reset();
  error.write_end.reset();
  Finished finished;
  finished.in_time =
      exchange(std::move(input.write_end), {}, false, output.read_end.get(), error.read_end.get(), finished);
  if (!finished.in_time) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  finished.end.kind = WIFEXITED(status) ? host::EndKind::kExited : host::EndKind::kAborted;
  finished.end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace strongroom::tee_test
