#include "process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace strongroom::attack {
namespace {

constexpr uint64_t kPage = 4096;

std::vector<int> numbered_entries(const std::filesystem::path& directory) {
  std::vector<int> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    int number = 0;
    const auto [last, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && last == name.data() + name.size()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// 0 when the process is gone.
pid_t parent_of(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("PPid:")) return std::atoi(line.c_str() + 5);
  return 0;
}

}  // namespace

std::vector<pid_t> family(pid_t process) {
  std::vector<pid_t> members;
  std::multimap<pid_t, pid_t> children;
  for (const pid_t other : numbered_entries("/proc")) {
    if (other == process) members.push_back(process);
    children.emplace(parent_of(other), other);
  }
  for (size_t i = 0; i < members.size(); ++i) {
    const auto [first, last] = children.equal_range(members[i]);
    for (auto child = first; child != last; ++child)
      if (child->second != getpid()) members.push_back(child->second);
  }
  return members;
}

std::vector<pid_t> all_processes() {
  std::set<pid_t> mine;
  for (pid_t process = getpid(); process > 0; process = parent_of(process)) mine.insert(process);
  std::vector<pid_t> others;
  for (const pid_t process : numbered_entries("/proc"))
    if (!mine.contains(process)) others.push_back(process);
  return others;
}

bool has_ended(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= line.size() || line[name_end + 2] == 'Z' ||
         line[name_end + 2] == 'X';
}

std::string describe(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);
  return fmt::format("{}[{}]", name.empty() ? "ended" : name, process);
}

std::vector<pid_t> threads(pid_t process) {
  return numbered_entries(fmt::format("/proc/{}/task", process));
}

std::vector<int> descriptors(pid_t process) {
  return numbered_entries(fmt::format("/proc/{}/fd", process));
}

Result<std::vector<Mapping>> mappings(pid_t process) {
  const std::string path = fmt::format("/proc/{}/maps", process);
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return fail_errno("cannot open " + path, errno);
  std::vector<Mapping> found;
  char line[8192];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    Mapping mapping;
    char rights[5] = "";
    int name = 0;
    if (std::sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &mapping.start, &mapping.end, rights, &name) < 3)
      continue;
    mapping.readable = rights[0] == 'r';
    mapping.executable = rights[2] == 'x';
    mapping.shared = rights[3] == 's';
    mapping.name = std::string_view(line + name).substr(0, std::string_view(line + name).find('\n'));
    // Pages of the kernel and of devices, not of the program.
    if (mapping.name == "[vsyscall]" || mapping.name.starts_with("[vvar")) continue;
    found.push_back(std::move(mapping));
  }
  const bool failed = std::ferror(file) != 0;
  const int reason = errno;
  std::fclose(file);
  if (failed) return fail_errno("cannot read " + path, reason);
  return found;
}

PageMap::PageMap(pid_t process)
    : file_(open(fmt::format("/proc/{}/pagemap", process).c_str(), O_RDONLY | O_CLOEXEC)) {}

PageMap::~PageMap() {
  if (file_ >= 0) close(file_);
}

void PageMap::populated(const Mapping& mapping, const std::function<void(uint64_t, uint64_t)>& visit) const {
  const bool empty_reservation = !mapping.readable && mapping.end - mapping.start > (uint64_t{1} << 30);
  if (file_ < 0 || mapping.shared || mapping.name.starts_with("/")) {
    if (!empty_reservation) visit(mapping.start, mapping.end);
    return;
  }
  std::vector<uint64_t> entries(8192);
  uint64_t run = 0;  // start of the present run of pages; 0: none
  uint64_t page = mapping.start;
  while (page < mapping.end) {
    const uint64_t want = std::min<uint64_t>(entries.size(), (mapping.end - page) / kPage);
    const ssize_t got = pread(file_, entries.data(), want * 8, static_cast<off_t>(page / kPage * 8));
    if (got <= 0) break;
    for (ssize_t i = 0; i < got / 8; ++i, page += kPage) {
      const bool present =
          (entries[static_cast<size_t>(i)] >> 62) != 0;  // bit 63: in memory, bit 62: in swap
      if (present && run == 0) run = page;
      if (!present && run != 0) visit(std::exchange(run, 0), page);
    }
  }
  if (run != 0) visit(run, page);
  if (page < mapping.end && !empty_reservation) visit(page, mapping.end);
}

}  // namespace strongroom::attack
