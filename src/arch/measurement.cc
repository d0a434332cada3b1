#include "arch/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "arch/tcs.h"

namespace strongroom::arch {
namespace {

constexpr size_t kChunkSize = 256;
constexpr size_t kChunks = kPageSize / kChunkSize;

struct CreateRecord {
  char tag[8];
  uint32_t ssa_frame_size;
  uint8_t enclave_size[8];  // not aligned in the record
  uint8_t zeros[44];
};
static_assert(sizeof(CreateRecord) == 64);

struct AddRecord {
  char tag[8];
  uint64_t offset;
  uint8_t secinfo[48];  // the first bytes of SECINFO
};
static_assert(sizeof(AddRecord) == 64);

struct ExtendRecord {
  char tag[8];
  uint64_t offset;
  uint8_t zeros[48];
};
static_assert(sizeof(ExtendRecord) == 64);

struct MeasuredChunk {
  ExtendRecord record;
  uint8_t data[kChunkSize];
};

// All that is hashed for one page. It is kept between pages: per page only offsets and data are written, and
// the digest gets one long update instead of 33 short ones.
struct MeasuredPage {
  AddRecord add;
  MeasuredChunk chunks[kChunks];
};
static_assert(sizeof(MeasuredPage) == 64 + 16 * 320);

template <size_t N>
void set_tag(char (&tag)[8], const char (&text)[N]) {
  static_assert(N <= 9);  // "ECREATE" ends with the NUL that the specification counts in
  std::memcpy(tag, text, std::min<size_t>(N, 8));
}

void set_data(MeasuredPage& page, const uint8_t* content) {
  for (size_t i = 0; i < kChunks; ++i) std::memcpy(page.chunks[i].data, content + i * kChunkSize, kChunkSize);
}

// What EADD leaves of a TCS page's content.
void clear_processor_fields(Tcs& tcs) {
  tcs.state = 0;
  tcs.flags &= ~uint64_t{kTcsDebugOptIn};
  tcs.current_ssa_frame = 0;
  tcs.aep = 0;
}

}  // namespace

struct MeasurementBuilder::State {
  uint64_t enclave_size;
  crypto::Sha256 digest;
  MeasuredPage page{};

  explicit State(uint64_t size) : enclave_size(size) {
    set_tag(page.add.tag, "EADD");
    for (MeasuredChunk& chunk : page.chunks) set_tag(chunk.record.tag, "EEXTEND");
  }

  Result<void> require_inside(std::string_view what, uint64_t offset, uint64_t size, uint64_t granule) const {
    if (offset % granule == 0 && size % granule == 0 && offset <= enclave_size &&
        size <= enclave_size - offset)
      return {};
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("measurement: {} at {:#x}, size {:#x}, must be whole blocks of {} bytes inside the "
                    "enclave's {:#x} bytes",
                    what, offset, size, granule, enclave_size));
  }

  void set_secinfo(const Secinfo& secinfo) {
    std::memcpy(page.add.secinfo, &secinfo, sizeof(page.add.secinfo));
    if (page_type(secinfo) == PageType::kTcs)
      page.add.secinfo[0] &= static_cast<uint8_t>(~kSecinfoPermissions);
  }

  void hash_page(uint64_t offset, bool measured) {
    page.add.offset = offset;
    if (!measured) return digest.update(object_bytes(page.add));
    for (size_t i = 0; i < kChunks; ++i) page.chunks[i].record.offset = offset + i * kChunkSize;
    digest.update(object_bytes(page));
  }
};

MeasurementBuilder::MeasurementBuilder(std::unique_ptr<State> state) : state_(std::move(state)) {}
MeasurementBuilder::MeasurementBuilder(MeasurementBuilder&&) noexcept = default;
MeasurementBuilder& MeasurementBuilder::operator=(MeasurementBuilder&&) noexcept = default;
MeasurementBuilder::~MeasurementBuilder() = default;

Result<MeasurementBuilder> MeasurementBuilder::create(uint64_t enclave_size, uint32_t ssa_frame_pages) {
  if (!std::has_single_bit(enclave_size) || enclave_size < 2 * kPageSize || ssa_frame_pages == 0)
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("measurement: an enclave of {:#x} bytes with SSA frames of {} pages cannot be; the "
                    "size must be a power of two of at least two pages, and a frame at least one page",
                    enclave_size, ssa_frame_pages));
  auto state = std::make_unique<State>(enclave_size);
  CreateRecord record{};
  set_tag(record.tag, "ECREATE");
  record.ssa_frame_size = ssa_frame_pages;
  std::memcpy(record.enclave_size, &enclave_size, sizeof(enclave_size));
  state->digest.update(object_bytes(record));
  return MeasurementBuilder(std::move(state));
}

Result<void> MeasurementBuilder::add_pages(const PageRange& range, ByteView content) {
  TRY(state_->require_inside("pages", range.offset, range.size, kPageSize));
  if (content.size() > range.size)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("measurement: {} bytes of content do not fit the range of {} bytes at {:#x}",
                            content.size(), range.size, range.offset));
  state_->set_secinfo(make_secinfo(range.type, range.permissions));
  bool zeros = false;  // the page in state_ holds zeros already
  for (uint64_t at = 0; at < range.size; at += kPageSize) {
    if (range.measured && !zeros) {
      alignas(Tcs) uint8_t copy[kPageSize] = {};
      const ByteView left = content.subspan(std::min<uint64_t>(at, content.size()));
      const uint8_t* source = left.data();
      if (left.size() < kPageSize || range.type == PageType::kTcs) {
        if (!left.empty()) std::memcpy(copy, left.data(), std::min<size_t>(left.size(), kPageSize));
        source = copy;
      }
      if (range.type == PageType::kTcs) clear_processor_fields(reinterpret_cast<Tcs&>(copy));
      set_data(state_->page, source);
      zeros = left.empty();
    }
    state_->hash_page(range.offset + at, range.measured);
  }
  return {};
}

Result<void> MeasurementBuilder::add_page(uint64_t offset, const Secinfo& secinfo) {
  TRY(state_->require_inside("a page", offset, kPageSize, kPageSize));
  state_->set_secinfo(secinfo);
  state_->hash_page(offset, false);
  return {};
}

Result<void> MeasurementBuilder::extend(uint64_t offset, ByteView chunk) {
  TRY(state_->require_inside("a chunk", offset, kChunkSize, kChunkSize));
  if (chunk.size() != kChunkSize)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("measurement: EEXTEND measures 256 bytes, not {}", chunk.size()));
  MeasuredChunk& first = state_->page.chunks[0];
  first.record.offset = offset;
  std::memcpy(first.data, chunk.data(), kChunkSize);
  state_->digest.update(object_bytes(first));
  return {};
}

Measurement MeasurementBuilder::finish() {
  return state_->digest.finish();
}

Measurement MeasurementBuilder::current() const {
  return state_->digest.current();
}

}  // namespace strongroom::arch
