// The backend "sgx": see launch.h for what it does and docs/sgx.md for what has shown it to work.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tee/confine.h"
#include "tee/launch.h"
#include "tee/sgx/driver.h"
#include "tee/sgx/processor.h"
#include "tee/sgx/runner.h"
#include "tee/system_call_filter.h"

namespace strongroom::tee {
using namespace sgx;

namespace {

class SgxEnclave : public ReadyEnclave {
 public:
  // The runner is never freed: see Runner::wait().
  explicit SgxEnclave(Runner* runner) : runner_(runner) {}

  Result<void> warm_up() override {
    if (runner_->services().wait_until_warm()) return {};
    return fail(ErrorCode::kInternal, runner_->services().end().message);
  }

  Result<EnclaveEnd> run(const LaunchRequest& request, Streams streams,
                         const LaunchObserver& observer) override {
    std::vector<std::string> warnings;
    if (is_emulated())
      warnings.emplace_back("SGX is emulated here: this protects nothing, and is for tests only");
    if (landlock_version() == 0)
      warnings.emplace_back(
          "Landlock is not enabled on this machine; seccomp alone keeps this process from files");
    if (request.strict && !warnings.empty())
      return fail(ErrorCode::kUnsupported, "--strict: " + warnings.front());
    Bytes start_block = TRY(make_start_block(request));
    // The emulator is made of system calls that a holder of a real enclave never makes.
    if (!is_emulated()) TRY(apply_filter(HolderRole::kSgx));
    watch_kill_switches(observer.kill_switches,
                        [runner = runner_] { runner->stop("killed by the application"); });
    if (observer.started) observer.started(getpid(), warnings);
    runner_->services().start(std::move(start_block), streams);
    return runner_->wait();
  }

 private:
  Runner* runner_;
};

Result<SharedMemory> share_memory(uint32_t slots, const LaunchRequest& request) {
  const size_t exchanges = slots * kernel::kExchangeSize;
  void* const memory = mmap(nullptr, exchanges + request.call_area_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("no memory for the exchanges", errno);
  auto* const begin = static_cast<uint8_t*>(memory);
  SharedMemory out{static_cast<kernel::Exchange*>(memory), {begin + exchanges, request.call_area_size}};
  if (request.call_area_size != 0 && mmap(begin + exchanges, request.call_area_size, PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_FIXED, request.call_area, 0) == MAP_FAILED)
    return fail_errno("cannot map the call area", errno);
  return out;
}

}  // namespace

Result<std::unique_ptr<ReadyEnclave>> make_ready_in_sgx(const PreparedImage& image,
                                                        const LaunchRequest& request) {
  const ProcessorSgx processor = TRY(read_processor());
  if (!processor.sgx2 && (image.view.header().flags & arch::kImageFixedMemory) == 0)
    return fail(ErrorCode::kUnsupported,
                "this processor has SGX1 only, and the image gets its memory while it runs; build it with "
                "`edmm = false` in [sgx] of its manifest");
  if (!processor.aex_notify && (image.view.header().flags & arch::kImageAexNotify) != 0)
    return fail(
        ErrorCode::kUnsupported,
        "the image asks for AEX-Notify (`aex_notify` in [sgx] of its manifest), which this processor does "
        "not have; run it on one that has, or build it without");
  const uint64_t enter = TRY(find_in_vdso("__vdso_sgx_enter_enclave"));
  const arch::ImageHeader& header = image.view.header();
  const uint64_t base = choose_base(header.enclave_size);
  EnclaveDevice device = TRY(EnclaveDevice::open());
  TRY(device.load(image, base, request.debug));
  const SharedMemory memory = TRY(share_memory(header.thread_count, request));
  memory.exchanges[0].arguments[0] = request.call_area_size / arch::kPageSize;
  const kernel::CpuidTable cpuid = enclave_cpuid(device.xfrm());
  std::memcpy(memory.exchanges[0].payload, &cpuid, sizeof cpuid);
  if (!limit_process(0) || !become_user(user_of(getpid())) || !forbid_outside())
    return fail_errno("cannot confine the enclave's process", errno);
  auto* runner = new Runner(std::move(device), header, base, memory, enter);
  runner->enter();
  return std::make_unique<SgxEnclave>(runner);
}

}  // namespace strongroom::tee
