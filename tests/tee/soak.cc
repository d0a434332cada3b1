// soak N [TEE...]: N launches and ends in each TEE, one after the other; fails when memory, descriptors or
// processes grow. `make soak` runs it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "attack/process.h"
#include "base/file.h"
#include "resources.h"
#include "running.h"

namespace {

using namespace strongroom;
using namespace strongroom::tee_test;

// What a keeper and this program may gain in all, whatever the number of launches: caches that fill once.
constexpr size_t kAllowedGrowth = size_t{1} << 20;

size_t resident_of_family() {
  size_t sum = 0;
  for (const pid_t process : attack::family(getpid())) sum += resident_bytes(process);
  return sum;
}

bool soak(host::Tee tee, int launches) {
  const host::Image image = image_of(STRONGROOM_TEST_PROGRAMS "/tell");
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto once = [&] {
    auto enclave = host::Enclave::launch(image, {.tee = tee,
                                                 .allow_unsigned = true,
                                                 .standard_input = null.get(),
                                                 .standard_output = null.get(),
                                                 .standard_error = null.get()});
    if (!enclave) return fmt::print(stderr, "launch: {}\n", enclave.error().message), false;
    const auto end = enclave->wait();
    if (!end) return fmt::print(stderr, "wait: {}\n", end.error().message), false;
    if (end->kind == host::EndKind::kExited && end->status == 0) return true;
    return fmt::print(stderr, "end: {} {}\n", end->cause, end->message), false;
  };
  for (int i = 0; i < 20; ++i)
    if (!once()) return false;
  const Holdings before = holdings_with_spare(tee);
  const size_t memory_before = resident_of_family();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < launches; ++i)
    if (!once()) return fmt::print(stderr, "after {} launches\n", i), false;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  // Of the same state as before: while a spare is being made, its processes hold more.
  const Holdings after = holdings_with_spare(tee);
  const size_t memory_after = resident_of_family();
  fmt::print(
      "{}: {} launches in {:.1f} s ({:.2f} ms each); {} descriptors (before {}), {} processes ({}), {} "
      "memory files "
      "({}), {} KiB ({})\n",
      host::to_string(tee), launches, time.count(), time.count() * 1000 / launches, after.descriptors,
      before.descriptors, after.children, before.children, after.memory_files, before.memory_files,
      memory_after >> 10, memory_before >> 10);
  return after.descriptors <= before.descriptors && after.children <= before.children &&
         after.memory_files <= before.memory_files && memory_after <= memory_before + kAllowedGrowth;
}

}  // namespace

int main(int count, char** values) {
  const int launches = count > 1 ? std::atoi(values[1]) : 200;
  std::vector<host::Tee> tees = {host::Tee::kProcess, host::Tee::kVm};
  if (count > 2) tees.clear();
  for (int i = 2; i < count; ++i) tees.push_back(host::tee_from_string(values[i]).value());
  bool good = launches > 0;
  for (const host::Tee tee : tees) {
    if (const auto available = host::check_available(tee); !available)
      fmt::print("{}: skipped: {}\n", host::to_string(tee), available.error().message);
    else
      good = soak(tee, launches) && good;
  }
  return good ? 0 : 1;
}
