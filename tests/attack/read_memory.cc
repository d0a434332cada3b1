// Reading another process's memory at its addresses: /proc/PID/mem, process_vm_readv, ptrace.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/file.h"
#include "methods.h"
#include "process.h"

namespace strongroom::attack {
namespace {

constexpr size_t kPage = 4096;

// True once the thread is stopped for its tracer.
bool wait_for_stop(pid_t thread) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    const pid_t changed = waitpid(thread, &status, __WALL | WNOHANG);
    if (changed == thread) return WIFSTOPPED(status);
    if (changed < 0 && errno != EINTR) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

ssize_t peek(pid_t thread, uint64_t address, uint8_t* buffer, size_t size) {
  // One page at a time, so that a page that cannot be read costs no other.
  size = std::min(size, kPage - address % kPage);
  for (size_t at = 0; at < size; at += sizeof(long)) {
    errno = 0;
    const long word = ptrace(PTRACE_PEEKDATA, thread, address + at, nullptr);
    if (errno != 0) return at > 0 ? static_cast<ssize_t>(at) : -errno;
    std::memcpy(buffer + at, &word, sizeof word);
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

Attempt read_proc_mem(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  const FileDescriptor memory(open(fmt::format("/proc/{}/mem", process).c_str(), O_RDONLY | O_CLOEXEC));
  if (!memory.valid()) {
    refusals.add("", "open", errno);
    return conclude(search, refusals);
  }
  const auto read = [&](uint64_t address, uint8_t* buffer, size_t size) -> ssize_t {
    const ssize_t got = pread(memory.get(), buffer, size, static_cast<off_t>(address));
    return got < 0 ? -errno : got;
  };
  search_mappings(process, "read", read, search, refusals);
  return conclude(search, refusals);
}

Attempt read_process_vm(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  const auto read = [&](uint64_t address, uint8_t* buffer, size_t size) -> ssize_t {
    const iovec local{buffer, size};
    const iovec remote{reinterpret_cast<void*>(address), size};
    const ssize_t got = process_vm_readv(process, &local, 1, &remote, 1, 0);
    return got < 0 ? -errno : got;
  };
  search_mappings(process, "process_vm_readv", read, search, refusals);
  return conclude(search, refusals);
}

Attempt read_ptrace(pid_t process, const std::vector<Pattern>& patterns) {
  Search search(patterns);
  Refusals refusals;
  // Threads share their memory, and each has its own tracer: the first that can be had will do.
  for (const pid_t thread : threads(process)) {
    if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0 &&
        ptrace(PTRACE_ATTACH, thread, nullptr, nullptr) != 0) {
      refusals.add(fmt::format("thread {}", thread), "attach", errno);
      continue;
    }
    ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    if (!wait_for_stop(thread)) {
      refusals.add(fmt::format("thread {}", thread), "stop", ETIMEDOUT);
      ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
      continue;
    }
    const auto read = [&](uint64_t address, uint8_t* buffer, size_t size) {
      return peek(thread, address, buffer, size);
    };
    search_mappings(process, "PTRACE_PEEKDATA", read, search, refusals);
    ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
    break;
  }
  return conclude(search, refusals);
}

Attempt write_code(pid_t process, const std::vector<Pattern>&) {
  Attempt attempt;
  Refusals refusals;
  const FileDescriptor memory(open(fmt::format("/proc/{}/mem", process).c_str(), O_RDWR | O_CLOEXEC));
  const auto found = mappings(process);
  if (!memory.valid() || !found) {
    attempt.outcome = Outcome::kRefused;
    attempt.why = memory.valid() ? found.error().message : fmt::format("open: {}", strerror(errno));
    return attempt;
  }
  for (const Mapping& mapping : *found) {
    if (!mapping.executable) continue;
    const auto at = static_cast<off_t>(mapping.start);
    // The byte that stands there, so that a success does no harm; a breakpoint where it cannot be read.
    uint8_t byte = 0xcc;
    const ssize_t got = pread(memory.get(), &byte, 1, at);
    if (got == 1) ++attempt.bytes_searched;
    if (pwrite(memory.get(), &byte, 1, at) == 1) {
      ++attempt.hit_count;
      if (attempt.hits.size() < Search::kMaximumHits)
        attempt.hits.push_back({"written", mapping.name, mapping.start});
    } else {
      refusals.add(mapping.name, "write", errno);
    }
  }
  attempt.why = refusals.text();
  if (attempt.hit_count > 0)
    attempt.outcome = Outcome::kFound;
  else if (!refusals.empty())
    attempt.outcome = Outcome::kRefused;
  return attempt;
}

}  // namespace strongroom::attack
