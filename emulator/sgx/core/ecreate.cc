#include <bit>

#include "arch/fixed_bytes.h"
#include "core/encls.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

// Whether an SSA frame holds what an asynchronous exit saves.
bool frame_is_large_enough(const Processor& processor, const arch::Secs& secs) {
  const size_t misc = (secs.misc_select & arch::kMiscExinfo) != 0 ? sizeof(arch::Exinfo) : 0;
  const size_t needed = processor.xsave.size_of(secs.attributes.xfrm) + sizeof(arch::Gprsgx) + misc;
  return uint64_t{secs.ssa_frame_size} * arch::kPageSize >= needed;
}

bool place_is_valid(const arch::Secs& secs) {
  const bool mode64 = (secs.attributes.flags & arch::kAttributeMode64) != 0;
  const unsigned size_bits = mode64 ? kMaximumSizeBits64 : kMaximumSizeBits32;
  if (mode64 ? !is_canonical(secs.base_address) : secs.base_address >> 32 != 0) return false;
  if (secs.size >= uint64_t{1} << size_bits) return false;
  if (secs.size < 2 * arch::kPageSize || !std::has_single_bit(secs.size)) return false;
  return (secs.base_address & (secs.size - 1)) == 0;
}

bool reserved_is_zero(const arch::Secs& secs) {
  // CET is not supported, so that its fields are reserved ones.
  return secs.cet_legacy_bitmap_offset == 0 && secs.cet_attributes == 0 && arch::all_zero(secs.reserved1) &&
         arch::all_zero(secs.reserved2) && arch::all_zero(secs.reserved3) && arch::all_zero(secs.reserved4);
}

bool is_valid(const Processor& processor, const arch::Secs& secs) {
  const uint64_t flags = secs.attributes.flags;
  const uint64_t xfrm = secs.attributes.xfrm;
  const bool uses_kss = !arch::all_zero(secs.config_id) || secs.config_svn != 0;
  return arch::is_legal_xfrm(xfrm) && (xfrm & ~processor.xfrm) == 0 &&
         (secs.misc_select & ~processor.misc_select) == 0 && frame_is_large_enough(processor, secs) &&
         place_is_valid(secs) && (flags & ~supported_attributes(processor)) == 0 && reserved_is_zero(secs) &&
         (!uses_kss || (flags & arch::kAttributeKss) != 0);
}

}  // namespace

Outcome ecreate(const Processor& processor, EpcPage& page, const arch::Secs& source,
                const arch::Secinfo& secinfo) {
  if (has_reserved(secinfo) || arch::page_type(secinfo) != arch::PageType::kSecs) return general_protection();
  if (page.epcm.valid) return epcm_fault(0, Access::kWrite);
  if (!is_valid(processor, source)) return general_protection();
  auto measurement = arch::MeasurementBuilder::create(source.size, source.ssa_frame_size);
  if (!measurement) return general_protection();

  page.enclave = std::make_unique<Enclave>(Enclave{source, std::move(*measurement), {}, 0, {}});
  arch::Secs& secs = page.enclave->secs;
  secs.isv_svn = 0;
  secs.isv_prod_id = 0;
  page.epcm = {.valid = true, .type = arch::PageType::kSecs};
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
