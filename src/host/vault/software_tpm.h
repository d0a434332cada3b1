// A software TPM (swtpm) for tests: nothing that it vouches for says anything about hardware.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace strongroom::host {

inline bool software_tpm_is_installed() {
  return std::system("command -v swtpm > /dev/null 2>&1") == 0;
}

// A software TPM with a state, and so with seeds, of its own.
class SoftwareTpm {
 public:
  explicit SoftwareTpm(const std::filesystem::path& directory) : socket_(directory / "socket") {
    std::filesystem::create_directories(directory);
    const std::string state = "dir=" + directory.string();
    const std::string server = "type=unixio,path=" + socket_.string();
    const std::string control = "type=unixio,path=" + socket_.string() + ".ctrl";  // where tpm2-tss looks
    process_ = fork();
    if (process_ == 0) {
      execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state.c_str(), "--server", server.c_str(),
             "--ctrl", control.c_str(), "--flags", "not-need-init,startup-clear", nullptr);
      _exit(127);
    }
    for (int i = 0; i < 1000 && !std::filesystem::exists(socket_); ++i) usleep(10'000);
  }
  ~SoftwareTpm() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  void select() const { setenv("STRONGROOM_TPM", ("swtpm:path=" + socket_.string()).c_str(), 1); }

 private:
  std::filesystem::path socket_;
  pid_t process_;
};

class WithTpm : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!software_tpm_is_installed())
      GTEST_SKIP() << "swtpm is not installed (scripts/install-dependencies --test)";
    char name[] = "/tmp/strongroom-tpm-XXXXXX";
    directory_ = mkdtemp(name);
    first_.emplace(directory_ / "one");
    first_->select();
  }
  void TearDown() override {
    unsetenv("STRONGROOM_TPM");
    first_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }
  std::filesystem::path directory_;
  std::optional<SoftwareTpm> first_;
};

}  // namespace strongroom::host
