#include "tee/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <thread>

#include "arch/own_calls.h"
#include "arch/page.h"
#include "base/processors.h"
#include "tee/host_clock.h"
#include "tee/system_call_filter.h"
#include "tee/vm/cpuid.h"
#include "tee/vm/kvm.h"

namespace strongroom::tee {

Result<Bytes> make_start_block(const LaunchRequest& request) {
  kernel::StartBlock block{};
  block.flags = request.trace ? kernel::kStartTrace : 0u;
  block.argument_count = static_cast<uint32_t>(request.arguments.size());
  block.environment_count = static_cast<uint32_t>(request.environment.size());
  block.processors = usable_processors();
  Bytes strings;
  for (const auto* list : {&request.arguments, &request.environment})
    for (const std::string& text : *list) {
      const ByteView bytes = as_bytes(text);
      strings.insert(strings.end(), bytes.begin(), bytes.end());
      strings.push_back(0);
    }
  constexpr size_t kRoom = kernel::kExchangePayload - sizeof block;
  if (strings.size() > kRoom)
    return fail(
        ErrorCode::kResourceExhausted,
        fmt::format("arguments and environment take {} bytes; at most {} fit", strings.size(), kRoom));
  block.string_bytes = static_cast<uint32_t>(strings.size());
  Bytes out = to_bytes(object_bytes(block));
  out.insert(out.end(), strings.begin(), strings.end());
  return out;
}

Result<std::unique_ptr<ReadyEnclave>> make_ready(const PreparedImage& image, const LaunchRequest& request) {
  switch (request.tee) {
    case TeeKind::kProcess:
      return make_ready_in_process(image, request);
    case TeeKind::kVm:
      return make_ready_in_vm(image, request);
    case TeeKind::kSgx:
      return make_ready_in_sgx(image, request);
  }
  return fail(ErrorCode::kInvalidArgument, "there is no such TEE");
}

void learn_machine(TeeKind tee) {
  compile_filters();
  if (tee == TeeKind::kProcess) return;
  calibrate_clock();
  if (tee != TeeKind::kVm) return;
  // A failure is the launch's to tell.
  (void)vm::own_guest_cpuid();
  (void)vm::keeps_page_tables();
}

Result<FileDescriptor> create_call_area(uint64_t size) {
  if (size == 0) return FileDescriptor();
  if (size % arch::kPageSize != 0 || size > arch::kMaximumCallArea)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a call area of {} bytes cannot be; take a multiple of {} up to {}", size,
                            arch::kPageSize, arch::kMaximumCallArea));
  FileDescriptor file(memfd_create("strongroom-calls", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ftruncate(file.get(), static_cast<off_t>(size)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return fail_errno("cannot create the call area", errno);
  return file;
}

void watch_kill_switches(const std::vector<int>& sockets, std::function<void()> end) {
  std::vector<pollfd> files;
  for (const int socket : sockets) files.push_back({socket, POLLRDHUP, 0});
  if (files.empty()) return;
  std::thread([files = std::move(files), end = std::move(end)]() mutable {
    while (poll(files.data(), files.size(), -1) < 0 && errno == EINTR) {
    }
    end();
  }).detach();
}

uint64_t choose_base(uint64_t enclave_size) {
  constexpr uint64_t kFourGigabytes = uint64_t{1} << 32;
  // Between 16 TiB and 64 TiB: above static programs, below libraries and stacks.
  constexpr uint64_t kLowest = uint64_t{1} << 44;
  constexpr uint64_t kHighest = uint64_t{1} << 46;
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) std::abort();
  const uint64_t unit = std::max(enclave_size, kFourGigabytes);
  return (kLowest + random % (kHighest - kLowest - unit)) / unit * unit;
}

}  // namespace strongroom::tee
