#include "attempt.h"

#include <fmt/format.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "process.h"

namespace strongroom::attack {
namespace {

constexpr size_t kPiece = size_t{1} << 20;
constexpr size_t kPage = 4096;
// What is tried of a descriptor that has no size of its own, for instance a virtual processor's.
constexpr size_t kUnsizedMapping = 3 * kPage;

thread_local sigjmp_buf bus_error_escape;

void on_bus_error(int) {
  siglongjmp(bus_error_escape, 1);
}

// Copies from a mapping that may not be backed; false where reading it raises a signal.
bool copy_or_fail(uint8_t* to, const uint8_t* from, size_t size) {
  struct sigaction action {};
  struct sigaction old_bus {};
  struct sigaction old_segv {};
  action.sa_handler = on_bus_error;
  sigaction(SIGBUS, &action, &old_bus);
  sigaction(SIGSEGV, &action, &old_segv);
  const bool done = sigsetjmp(bus_error_escape, 1) == 0;
  if (done) std::memcpy(to, from, size);
  sigaction(SIGBUS, &old_bus, nullptr);
  sigaction(SIGSEGV, &old_segv, nullptr);
  return done;
}

void search_range(uint64_t start, uint64_t end, std::string_view where, std::string_view operation,
                  const MemoryReader& read, Search& search, Refusals& refusals) {
  std::vector<uint8_t> buffer(kPiece);
  for (uint64_t at = start; at < end;) {
    const ssize_t got = read(at, buffer.data(), std::min<uint64_t>(buffer.size(), end - at));
    if (got <= 0) {
      refusals.add(where, operation, got == 0 ? EIO : static_cast<int>(-got));
      at += kPage - at % kPage;
      continue;
    }
    search.piece(where, at, {buffer.data(), static_cast<size_t>(got)});
    at += static_cast<uint64_t>(got);
  }
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFound:
      return "found";
    case Outcome::kNotFound:
      return "not found";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kNotApplicable:
      return "not applicable";
  }
  return "unknown";
}

void Refusals::add(std::string_view where, std::string_view operation, int error_number) {
  if (count_++ == 0)
    first_ = fmt::format("{}{}{}: {}", operation, where.empty() ? "" : " of ", where, strerror(error_number));
}

std::string Refusals::text() const {
  if (count_ == 0) return "";
  return count_ == 1 ? first_ : fmt::format("{} (and {} more)", first_, count_ - 1);
}

Attempt conclude(const Search& search, const Refusals& refusals) {
  Attempt attempt;
  attempt.bytes_searched = search.bytes_searched();
  attempt.hits = search.hits();
  attempt.hit_count = search.hit_count();
  attempt.why = refusals.text();
  if (attempt.hit_count > 0)
    attempt.outcome = Outcome::kFound;
  else if (attempt.bytes_searched > 0)
    attempt.outcome = Outcome::kNotFound;
  else if (!refusals.empty())
    attempt.outcome = Outcome::kRefused;
  return attempt;
}

void search_mappings(pid_t process, std::string_view operation, const MemoryReader& read, Search& search,
                     Refusals& refusals) {
  const auto found = mappings(process);
  if (!found) return refusals.add("", found.error().message, EACCES);
  const PageMap pages(process);
  for (const Mapping& mapping : *found) {
    const std::string where =
        mapping.name.empty() ? fmt::format("anonymous memory at {:#x}", mapping.start) : mapping.name;
    pages.populated(mapping, [&](uint64_t start, uint64_t end) {
      search_range(start, end, where, operation, read, search, refusals);
    });
  }
}

namespace {

// Whether the file has a name by which anybody finds it: then it is a file on a disk, and no memory. What is
// a kernel's own (memfd, memfd_secret, guest_memfd) has a name that leads nowhere.
bool has_name(const struct stat& status, std::string_view name) {
  struct stat named {};
  return !name.starts_with("/dev/shm/") && stat(std::string(name).c_str(), &named) == 0 &&
         named.st_dev == status.st_dev && named.st_ino == status.st_ino;
}

}  // namespace

bool search_descriptor(int descriptor, std::string_view where, Search& search, Refusals& refusals) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    refusals.add(where, "fstat", errno);
    return true;
  }
  const unsigned type = status.st_mode & S_IFMT;
  if (type != S_IFREG && type != 0) return false;
  if (type == S_IFREG && has_name(status, where)) return false;
  if (type == S_IFREG && status.st_size == 0) return false;

  const size_t size = type == S_IFREG ? static_cast<size_t>(status.st_size) : kUnsizedMapping;
  const uint64_t before = search.bytes_searched();
  std::vector<uint8_t> buffer(kPiece);
  for (size_t at = 0; type == S_IFREG && at < size;) {
    const ssize_t got = pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got <= 0) break;
    search.piece(where, at, {buffer.data(), static_cast<size_t>(got)});
    at += static_cast<size_t>(got);
  }
  if (search.bytes_searched() > before) return true;

  void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) {
    if (type == 0) return false;  // an event, a timer: nothing that could be mapped
    refusals.add(where, "mmap", errno);
    return true;
  }
  const auto* bytes = static_cast<const uint8_t*>(memory);
  for (size_t at = 0; at < size; at += kPage) {
    const size_t count = std::min(kPage, size - at);
    if (copy_or_fail(buffer.data(), bytes + at, count))
      search.piece(where, at, {buffer.data(), count});
    else
      refusals.add(where, "reading the mapping", EFAULT);
  }
  munmap(memory, size);
  return true;
}

}  // namespace strongroom::attack
