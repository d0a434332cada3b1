// Which read-only pages of an image an enclave gets copies of.
//
// A hypervisor that keeps page tables of its own maps each page when it is first touched, at the price of
// leaving the guest; around it, it maps ahead what lies in the same group of eight pages, but only of memory
// that the monitor may write, and only as far as the first page of which that is not so (Linux
// arch/x86/kvm/mmu/paging_tmpl.h, pte_prefetch). The sealed file is not such memory. Copies are.
#pragma once

#include <span>
#include <vector>

#include "tee/prepared_image.h"

namespace strongroom::tee::vm {

inline constexpr uint64_t kMostCopied = uint64_t{704} << 10;  // bytes

// Parts of an image's shared segments, at most kMostCopied: of each group of pages of which a start touches
// at least two, what stands up to the last of them; the groups that spare most for their size are chosen
// first. In ascending order. Empty while nothing is known of starts.
std::vector<SharedSegment> pages_to_copy(std::span<const SharedSegment> segments, const StartPages& touched);

// The same of an image; while nothing is known of its starts, what stands before the program's code: its
// relocations, symbols and notes, up to 512 KiB, all of which a start reads.
std::vector<SharedSegment> pages_to_copy(const PreparedImage& image);

// Their bytes altogether.
uint64_t size_of(std::span<const SharedSegment> parts);

// Reads these parts from PreparedImage::code, one after the other.
Result<void> read_copies(int code, std::span<const SharedSegment> parts, std::span<uint8_t> to);

}  // namespace strongroom::tee::vm
