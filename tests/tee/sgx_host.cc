#include "sgx_host.h"

#include <immintrin.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "crypto/test_signing_key.h"
#include "image/sign.h"
#include "running.h"
#include "tee/cpuid_leaf.h"
#include "tee/host_clock.h"
#include "tee/sgx/processor.h"
#include "tee/sgx/vdso.h"

extern "C" void strongroom_test_cross(strongroom::tee_test::Crossing* crossing);

namespace strongroom::tee_test {
namespace {

using namespace tee;
using namespace tee::sgx;

constexpr uint64_t kComponents = 0xe7;  // x87, SSE, AVX, AVX-512
constexpr uint64_t kHostsGs = 0x5a5a'5000;
constexpr uint64_t kHostileFlags = 0x8d5 | 0x400 | 0x40000;  // arithmetic, DF, AC

// Signed: a key that is thrown away would be made for an image that is not.
PreparedImage prepare(const std::filesystem::path& program) {
  constexpr uint32_t kDate = 0x20261121;
  Bytes file = build(program, [](image::Manifest& manifest) {
    allow_host_arguments(manifest);
    manifest.heap_size = uint64_t{16} << 20;
  });
  if (!image::sign_image(file, crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value(), kDate))
    throw std::runtime_error("cannot sign the image");
  return prepare_image(std::move(file)).value();
}

// XSAVE's area: anything in x87, MMX, MXCSR, and all vector registers.
void spoil(uint8_t (&area)[2752]) {
  thread_local std::minstd_rand random(1);
  for (uint8_t& byte : area) byte = static_cast<uint8_t>(random());
  std::memset(area + 512, 0, 64);
  const uint16_t control = 0x0240;  // every exception unmasked
  const uint32_t mxcsr = 0x0000e040;
  const uint64_t components = kComponents & _xgetbv(0);
  std::memcpy(area, &control, sizeof control);
  std::memset(area + 2, 0, 22);  // no exception under way
  constexpr size_t kX87 = 32, kX87Size = 16, kX87Used = 10;
  for (size_t i = 0; i < 8; ++i) std::memset(area + kX87 + i * kX87Size + kX87Used, 0, kX87Size - kX87Used);
  std::memcpy(area + 24, &mxcsr, sizeof mxcsr);
  std::memcpy(area + 512, &components, sizeof components);
}
void clean(uint8_t (&area)[2752]) {
  std::memset(area, 0, sizeof area);
  const uint16_t control = 0x37f;
  const uint32_t mxcsr = 0x1f80;
  const uint64_t components = 3;
  std::memcpy(area, &control, sizeof control);
  std::memcpy(area + 24, &mxcsr, sizeof mxcsr);
  std::memcpy(area + 512, &components, sizeof components);
}

// The parts of XSAVE's area that hold registers. Where the vector registers have theirs, processors differ.
std::vector<std::pair<size_t, size_t>> registers_in_area() {
  std::vector<std::pair<size_t, size_t>> out = {{0, 2}, {24, 28}, {32, 416}};
  for (uint32_t component = 2; component < 8; ++component) {
    if (!bit_of(kComponents & _xgetbv(0), component)) continue;
    const CpuidLeaf where = cpuid(0xd, component);
    out.emplace_back(where.b, where.b + where.a);
  }
  return out;
}

// What the enclave leaves says nothing: zeros, and vector registers in their initial state; where it was
// entered for an exception, they are as the host brought them.
void expect_nothing_left(const Crossing& crossing, const Left& left) {
  const bool waits = left == exited(kWait);
  for (const uint64_t& word : crossing.left_others)
    EXPECT_TRUE(word == 0u || (waits && &word < crossing.left_others + 2)) << "beside R8 and R9 of a wait";
  if (left.function == kExit) {  // an asynchronous exit leaves DF and AC, too; and the vDSO says why
    EXPECT_TRUE(waits || crossing.left_rsi == 0u);
    EXPECT_EQ(crossing.left_rdx, 0u);
    EXPECT_EQ(crossing.left_flags & (0x400 | 0x40000), 0u) << "DF or AC";
  }
  const bool untouched = left == exited(kResumeWanted) || left == exited(kRefused);
  uint8_t initial[2752] = {};
  clean(initial);
  const uint8_t* const expected = untouched ? crossing.extended : initial;
  for (const auto& [begin, end] : registers_in_area())
    EXPECT_EQ(std::memcmp(crossing.left_extended + begin, expected + begin, end - begin), 0)
        << left << ": from byte " << begin << " of the extended state";
}

// With a call area of one page.
SharedMemory share(const PreparedImage& image) {
  const size_t exchanges = image.view.header().thread_count * kernel::kExchangeSize;
  void* const memory =
      mmap(nullptr, exchanges + arch::kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  auto* const out = static_cast<kernel::Exchange*>(memory);
  out[0].arguments[0] = 1;  // page
  return {out, {static_cast<uint8_t*>(memory) + exchanges, arch::kPageSize}};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Left& left) {
  return out << "function " << left.function << ", code " << left.code << ", vector " << left.vector;
}

struct SgxHost::Prepared {
  explicit Prepared(const std::filesystem::path& program) : image(prepare(program)), memory(share(image)) {}
  PreparedImage image;
  SharedMemory memory;
};

SgxHost::SgxHost(const std::filesystem::path& program, std::vector<std::string> arguments, int input,
                 int output)
    : SgxHost(Prepared(program), std::move(arguments), input, output) {}

SgxHost::SgxHost(Prepared prepared, std::vector<std::string> arguments, int input, int output)
    : HostedThreads(prepared.image.view.header().thread_count, prepared.memory.call_area),
      image_(std::move(prepared.image)),
      memory_(prepared.memory),
      exchanges_(memory_.exchanges) {
  base_ = choose_base(header().enclave_size);
  device_.emplace(EnclaveDevice::open().value());
  if (const auto loaded = device_->load(image_, base_, false); !loaded)
    throw std::runtime_error(loaded.error().message);
  const kernel::CpuidTable cpuid = enclave_cpuid(device_->xfrm());
  std::memcpy(exchanges_[0].payload, &cpuid, sizeof cpuid);
  enter_ = find_in_vdso("__vdso_sgx_enter_enclave").value();
  services().start(make_start_block({.arguments = std::move(arguments)}).value(),
                   {.input = input, .output = output, .error = 2});
}

SgxHost::~SgxHost() {
  join();
  munmap(reinterpret_cast<void*>(base_), header().enclave_size);
  munmap(exchanges_, header().thread_count * kernel::kExchangeSize + memory_.call_area.size());
}

Left SgxHost::run() {
  const Left left = drive(0);
  join();
  return left;
}

void SgxHost::join() {
  finish();
  const std::lock_guard lock(mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

uint64_t SgxHost::tcs(uint32_t slot) const {
  return base_ + header().tcs.offset + slot * arch::kPageSize;
}
Entry SgxHost::start() const {
  return {.tcs = tcs(0), .rdi = reinterpret_cast<uint64_t>(exchanges_)};
}

int64_t SgxHost::start_thread(uint32_t slot) {
  const std::lock_guard lock(mutex_);
  threads_.emplace_back([this, slot] { drive(slot); });
  return 0;
}

int64_t SgxHost::change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) {
  if (change == 1) return device_->restrict_permissions(offset, size, permissions);
  if (change == 4) return device_->protect(offset, size, permissions);
  return change == 2 ? device_->trim(offset, size) : device_->remove(offset, size);
}

void SgxHost::fill(Crossing& crossing, const Entry& entry, sgx_enclave_run& run) const {
  run = {};
  run.tcs = entry.tcs;
  crossing.function = enter_;
  crossing.leaf = entry.leaf;
  crossing.run = &run;
  crossing.rdi = entry.rdi;
  crossing.rsi = entry.rsi;
  crossing.rdx = entry.rdx;
  crossing.flags = 2 | (garbage_ ? kHostileFlags : 0) | more_flags_;
  for (uint64_t& word : crossing.others) word = garbage_ ? 0xdead'beef'dead'beef : 0;
  garbage_ ? spoil(crossing.extended) : clean(crossing.extended);
  std::memset(crossing.left_extended, 0, sizeof crossing.left_extended);
}

void SgxHost::expect_words(const Crossing& crossing) const {
  const auto offset = [&](uint64_t address) {
    return address - reinterpret_cast<uint64_t>(memory_.call_area.data());
  };
  EXPECT_EQ(offset(crossing.left_others[1]), 64u);
  EXPECT_EQ(offset(crossing.left_rsi), 0u);
  EXPECT_EQ(crossing.left_others[0], 0u);
}

// What an honest host does next; nothing: it does not know.
std::optional<Entry> SgxHost::go_on(uint32_t slot, const Left& left, bool& in_exception) {
  if (left == exited(kCall)) {
    const uint32_t call = exchanges_[slot].call;
    if (unanswered_ != 0) return --unanswered_ == 0 ? std::nullopt : std::optional(Entry{.tcs = tcs(slot)});
    before_call(slot, exchanges_[slot]);
    if (services().serve(slot, exchanges_[slot]) != CallOutcome::kAnswered) return {};
    after_call(slot, call);
    return Entry{.tcs = tcs(slot)};
  }
  if (left == exited(kWait)) return Entry{.tcs = tcs(slot)};
  if (left == exited(kResumeWanted)) {
    in_exception = false;
    return Entry{.leaf = kResume, .tcs = tcs(slot)};
  }
  if (left.function != kResume || in_exception) return {};
  in_exception = true;
  return Entry{.tcs = tcs(slot), .rdi = left.vector};
}

// One call site for all entries: the enclave counts on the same stack pointer at each.
Left SgxHost::drive(uint32_t slot) {
  const auto crossing = std::make_unique<Crossing>();
  Entry honest{.tcs = tcs(slot), .rdi = reinterpret_cast<uint64_t>(exchanges_)};
  std::vector<Attempt> attempts = before_entry(slot, honest);
  for (bool in_exception = false;;) {
    sgx_enclave_run run;
    fill(*crossing, attempts.empty() ? honest : attempts.front().entry, run);
    write_clock(exchanges_[slot]);
    _writegsbase_u64(kHostsGs);
    strongroom_test_cross(crossing.get());
    const bool by_exit = run.function == kExit;
    const Left left = by_exit ? exited(crossing->left_rdi) : faulted(run.function, run.exception_vector);
    // The processor puts GS back; and what failed has changed nothing.
    EXPECT_EQ(_readgsbase_u64(), kHostsGs);
    const bool failed = run.function == kEnter || (crossing->leaf == kResume && !attempts.empty());
    if (!failed) expect_nothing_left(*crossing, left);
    if (left == exited(kWait)) expect_words(*crossing);
    if (!attempts.empty()) {
      EXPECT_EQ(left, attempts.front().expected) << "leaf " << crossing->leaf << ", RDI " << crossing->rdi;
      attempts.erase(attempts.begin());
      continue;
    }
    const std::optional<Entry> next = go_on(slot, left, in_exception);
    if (!next || stopping()) return left;
    honest = *next;
    attempts = before_entry(slot, honest);
  }
}

}  // namespace strongroom::tee_test
