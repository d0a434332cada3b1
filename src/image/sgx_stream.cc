#include <fmt/format.h>

#include <unordered_set>

#include "arch/fixed_bytes.h"
#include "image/sgx_file.h"

namespace strongroom::image {
namespace {

constexpr size_t kChunkSize = 256;

// Each record opens with its tag, as the processor hashes it; UNSIZED and UNMEASRD are the format's own.
constexpr std::string_view kCreateTag{"ECREATE\0", 8}, kAddTag{"EADD\0\0\0\0", 8}, kExtendTag{"EEXTEND\0", 8},
    kUnsizedTag{"UNSIZED\0", 8}, kUnmeasuredTag{"UNMEASRD", 8};

struct Create {
  uint32_t ssa_frame_pages;
  uint8_t size[8];
  uint8_t reserved[44];
};
static_assert(sizeof(Create) == 56);

struct Add {
  uint64_t offset;
  uint8_t secinfo[48];
};
static_assert(sizeof(Add) == 56);

struct Extend {
  uint64_t offset;
  uint8_t reserved[48];
};
static_assert(sizeof(Extend) == 56);

tl::unexpected<Error> malformed(size_t at, std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("SGXS stream: at offset {}: {}", at, what));
}

// Reads one record after the other into the measurement.
class StreamReader {
 public:
  explicit StreamReader(ByteView bytes) : reader_(bytes) {}

  Result<SgxContents> read() {
    auto builder = TRY(create());
    while (!reader_.at_end()) TRY(next(builder));
    out_.measurement = builder.finish();
    return out_;
  }

 private:
  Result<arch::MeasurementBuilder> create() {
    const std::string_view tag = as_text(TRY(reader_.bytes(8, "tag")));
    if (tag == kUnsizedTag)
      return fail(
          ErrorCode::kUnsupported,
          "SGXS stream: the enclave's size is left open (UNSIZED), and with it MRENCLAVE; have the tool "
          "that made it set the size");
    if (tag != kCreateTag)
      return malformed(0, "it does not begin with ECREATE; and the file is neither ELF nor a SIGSTRUCT");
    const auto record = TRY(reader_.object<Create>("ECREATE"));
    if (!arch::all_zero(record.reserved)) return malformed(0, "reserved bytes of ECREATE are set");
    std::memcpy(&out_.enclave_size, record.size, sizeof(out_.enclave_size));
    out_.ssa_frame_pages = record.ssa_frame_pages;
    return arch::MeasurementBuilder::create(out_.enclave_size, out_.ssa_frame_pages);
  }

  Result<void> next(arch::MeasurementBuilder& builder) {
    const size_t at = reader_.position();
    const std::string_view tag = as_text(TRY(reader_.bytes(8, "tag")));
    if (tag == kAddTag) return add(builder);
    if (tag != kExtendTag && tag != kUnmeasuredTag) return malformed(at, "a record of unknown kind");
    const auto record = TRY(reader_.object<Extend>("chunk"));
    if (!arch::all_zero(record.reserved)) return malformed(at, "reserved bytes of a chunk are set");
    const ByteView chunk = TRY(reader_.bytes(kChunkSize, "chunk"));
    if (!pages_.contains(record.offset & ~(arch::kPageSize - 1)))
      return malformed(at, "a chunk of a page that was not added");
    if (tag == kUnmeasuredTag) {
      out_.unmeasured_bytes += kChunkSize;
      return {};
    }
    out_.measured_bytes += kChunkSize;
    return builder.extend(record.offset, chunk);
  }

  Result<void> add(arch::MeasurementBuilder& builder) {
    const size_t at = reader_.position();
    const auto record = TRY(reader_.object<Add>("EADD"));
    arch::Secinfo secinfo{};
    std::memcpy(&secinfo, record.secinfo, sizeof(record.secinfo));
    if (!is_legal(secinfo)) return malformed(at, "SECINFO is of no page that can be added");
    if (!pages_.insert(record.offset).second) return malformed(at, "a page is added twice");
    ++out_.pages;
    if (arch::page_type(secinfo) == arch::PageType::kTcs) ++out_.tcs_pages;
    return builder.add_page(record.offset, secinfo);
  }

  // As EADD without CET.
  static bool is_legal(const arch::Secinfo& secinfo) {
    constexpr uint64_t kOfLater =
        arch::kSecinfoPending | arch::kSecinfoModified | arch::kSecinfoPermissionRestricted;
    if (arch::has_reserved(secinfo) || (secinfo.flags & kOfLater) != 0) return false;
    const arch::PageType type = arch::page_type(secinfo);
    return type == arch::PageType::kTcs ||
           (type == arch::PageType::kRegular && arch::has_consistent_permissions(secinfo));
  }

  ByteReader reader_;
  std::unordered_set<uint64_t> pages_;  // offsets
  SgxContents out_;
};

}  // namespace

Result<SgxContents> read_sgx_stream(ByteView bytes) {
  return StreamReader(bytes).read();
}

}  // namespace strongroom::image
