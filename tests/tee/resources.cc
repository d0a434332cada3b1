#include "resources.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "attack/process.h"

namespace strongroom::tee_test {
namespace fs = std::filesystem;
namespace {

size_t count_entries(const fs::path& directory) {
  std::error_code ignored;
  size_t count = 0;
  for (fs::directory_iterator entry(directory, ignored), end; !ignored && entry != end;
       entry.increment(ignored))
    ++count;
  return count;
}

size_t count_memory_files(pid_t process) {
  std::error_code ignored;
  size_t count = 0;
  for (fs::directory_iterator entry("/proc/" + std::to_string(process) + "/fd", ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    const std::string target = fs::read_symlink(entry->path(), ignored).string();
    count += target.starts_with("/memfd:") || target.starts_with("anon_inode:[kvm") ||
                     target.starts_with("/secretmem")
                 ? 1
                 : 0;
  }
  return count;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Holdings& h) {
  return out << h.descriptors << " descriptors, " << h.children << " processes, " << h.memory_files
             << " memory files";
}

Holdings holdings() {
  Holdings now;
  now.descriptors = count_entries("/proc/self/fd");
  for (const pid_t process : attack::family(getpid())) {
    if (process != getpid()) ++now.children;
    now.memory_files += count_memory_files(process);
  }
  return now;
}

Holdings settle(const Holdings& wanted) {
  const auto reap = [] {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  };
  reap();
  Holdings now = holdings();
  for (int i = 0; i < 1000; ++i) {
    if (now.descriptors <= wanted.descriptors && now.children <= wanted.children &&
        now.memory_files <= wanted.memory_files)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    reap();
    now = holdings();
  }
  return now;
}

size_t processes_of_enclave(host::Tee tee) {
  return tee == host::Tee::kProcess ? 3 : 1;
}

Holdings holdings_with_spare(host::Tee tee) {
  // The keeper, its vault, its nursery of loaders, the image's loader, the spare.
  const size_t wanted = 4 + processes_of_enclave(tee);
  Holdings last = holdings();
  int unchanged = 0;
  for (int i = 0; i < 3000 && (unchanged < 20 || last.children != wanted); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const Holdings now = holdings();
    unchanged = now == last ? unchanged + 1 : 0;
    last = now;
  }
  return last;
}

std::vector<pid_t> processes_named(const std::string& name) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string number = entry.path().filename();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string comm;
    std::getline(std::ifstream(entry.path() / "comm"), comm);
    if (comm == name.substr(0, 15)) found.push_back(std::stoi(number));
  }
  return found;
}

size_t resident_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  size_t total = 0, resident = 0, shared = 0;
  file >> total >> resident >> shared;
  return (resident - shared) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace strongroom::tee_test
