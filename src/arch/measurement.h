// MRENCLAVE, computed bit for bit as the processor does: SHA-256 over one record of 64 bytes for ECREATE, one
// for each EADD, and for each EEXTEND one followed by the 256 bytes that it measures. Intel SDM volume 3D,
// chapter "SGX Instruction References", pseudocode of ECREATE, EADD, EEXTEND; chapter "Enclave Operation",
// section "Constructing the Enclave's Measurement". Enclaves with control-flow enforcement (CET) are not
// covered.
#pragma once

#include <memory>

#include "arch/page.h"
#include "base/bytes.h"
#include "crypto/digest.h"

namespace strongroom::arch {

using Measurement = crypto::Sha256Digest;

// How a range of pages is added.
struct PageRange {
  uint64_t offset = 0;  // from the enclave's base; whole pages
  uint64_t size = 0;    // in memory; whole pages
  PageType type = PageType::kRegular;
  uint32_t permissions = kNoAccess;  // Protection bits; without meaning for TCS pages
  bool measured = true;              // false: EADD without EEXTEND
};

// Call create() first, then add pages in the order in which they are loaded, then finish(). Moves, never
// copies. Not thread safe.
class MeasurementBuilder {
 public:
  // ECREATE. `enclave_size`: a power of two, at least two pages. `ssa_frame_pages`: at least 1.
  static Result<MeasurementBuilder> create(uint64_t enclave_size, uint32_t ssa_frame_pages);

  MeasurementBuilder(MeasurementBuilder&&) noexcept;
  MeasurementBuilder& operator=(MeasurementBuilder&&) noexcept;
  ~MeasurementBuilder();

  // EADD and 16 EEXTEND for each page of `range`, page by page. `content` fills the range from its start and
  // may be shorter; what is left is zeros. As EADD does, of a TCS page it takes the fields that only the
  // processor sets as zero. Refuses, before it measures anything, what is not whole pages or not inside the
  // enclave.
  Result<void> add_pages(const PageRange& range, ByteView content);

  // The two instructions one by one, for loaders that measure a page in part. add_page() takes `secinfo` as
  // EADD does; extend() is one EEXTEND of exactly 256 bytes at a multiple of 256.
  Result<void> add_page(uint64_t offset, const Secinfo& secinfo);
  Result<void> extend(uint64_t offset, ByteView chunk);

  // MRENCLAVE as EINIT fixes it; the builder is used up.
  [[nodiscard]] Measurement finish();
  // What finish() would give now; more pages may follow.
  [[nodiscard]] Measurement current() const;

 private:
  struct State;
  explicit MeasurementBuilder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace strongroom::arch
