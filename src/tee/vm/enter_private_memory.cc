// The parts of GuestMemory that private memory alone has.
#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "arch/own_calls.h"
#include "kernel/port/vm_layout.h"
#include "tee/vm/memory.h"
#include "tee/vm/private_memory.h"

namespace strongroom::tee::vm {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

// Beside those of memory.cc.
constexpr uint32_t kSystemContentsSlot = 4, kEnclaveContentsSlot = 5, kBootSlot = 6;

// Where the page table entries of this part of the enclave stand.
ByteRange entries_of(uint64_t leaves, uint64_t offset, uint64_t size) {
  const auto entry = [&](uint64_t at) { return leaves + at / kPageSize * sizeof(uint64_t); };
  return {entry(offset), entry(offset + size)};
}

// The kernel zeroes pages before it gives them to anybody else.
Result<void> free_pages(const FileDescriptor& file, uint64_t size) {
  if (fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0)
    return fail_errno("cannot flush the enclave", errno);
  return {};
}

}  // namespace

Result<void> GuestMemory::enter_private_memory(VirtualMachine& machine, VirtualProcessor& processor,
                                               const PreparedImage& image, uint64_t launch_secret) {
  const uint64_t enclave_contents = kVmEnclavePhysical + enclave_size_;
  const uint64_t system_contents = enclave_contents + enclave_size_;
  // Page tables, ring 0 and the two pages behind the exchanges; all else begins as zeros.
  std::vector<ByteRange> system{{0, tables_end_}, {blocks_, exchanges_}, {call_page_, copies_}};
  for (const SharedSegment& segment : image.shared_segments)
    system.push_back(entries_of(leaves_, segment.offset, segment.size));
  for (const PrivateSegment& segment : image.private_segments)
    system.push_back(entries_of(leaves_, segment.offset, segment.size));
  std::vector<ByteRange> enclave{{launch_secret, launch_secret + arch::kLaunchSecretSize}};
  for (const PrivateContents& contents : image.private_contents)
    enclave.push_back({contents.offset, contents.offset + contents.bytes.size()});
  std::vector<CopyRange> ranges;
  for (const ByteRange& pages : whole_pages(std::move(system)))
    ranges.push_back({pages.begin, system_contents + pages.begin, pages.end - pages.begin});
  for (const ByteRange& pages : whole_pages(std::move(enclave)))
    ranges.push_back(
        {kVmEnclavePhysical + pages.begin, enclave_contents + pages.begin, pages.end - pages.begin});

  TRY(machine.add_memory(kSystemContentsSlot, system_contents, system_.bytes().first(system_size_), true));
  TRY(machine.add_memory(kEnclaveContentsSlot, enclave_contents, enclave_.bytes(), true));
  TRY(copy_in_guest(machine, processor, kBootSlot, ranges));
  TRY(machine.remove_memory(kSystemContentsSlot));
  TRY(machine.remove_memory(kEnclaveContentsSlot));
  explicit_bzero(enclave_.bytes().data() + launch_secret, arch::kLaunchSecretSize);
  const Mapping contents = std::move(enclave_);
  TRY(system_.give_back(0, exchanges_));
  TRY(system_.give_back(call_page_, system_size_ - call_page_));
  return {};
}

Result<void> GuestMemory::free_private_memory() {
  TRY(free_pages(system_memory_, system_size_));
  return free_pages(guest_memory_, enclave_size_);
}

}  // namespace strongroom::tee::vm
