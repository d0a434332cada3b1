#include "tee/vm/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/port/host_facts.h"
#include "kernel/port/vm_layout.h"
#include "tee/launch_secret.h"
#include "tee/vm/copied_pages.h"

namespace strongroom::tee::vm {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

constexpr uint64_t kEntries = 512;
// enter_private_memory.cc has the numbers between.
constexpr uint32_t kSystemSlot = 0, kCodeSlot = 1, kCallAreaSlot = 2, kFirstPartSlot = 8;
constexpr uint64_t kAddressBits = 0x000ffffffffff000;
// Every entry is present and marked as used, so that the processor never has to write it; the enclave's own
// entries tell by D what was written. Only in an enclave whose start is watched the read-only pages' entries
// begin unused.
constexpr uint64_t kTableBits = kPagePresent | kPageWritable | kPageUser | kPageAccessed;
constexpr uint64_t kUserBits = kPagePresent | kPageUser | kPageAccessed;
constexpr uint64_t kSystemBits = kPagePresent | kPageAccessed | kPageDirty;

uint64_t tables_for(uint64_t enclave_size, uint64_t call_area_size) {
  // The low gigabytes need at most 90 tables; then directories for the enclave, and tables for the view on
  // its entries.
  return (128 + 3 * (enclave_size >> 30) + 4 + (call_area_size >> 21) + 2) * kPageSize;
}

// All pages at once cost less than one by one as they are written; where this fails, they come that way.
void touch(std::span<uint8_t> pages) {
  madvise(pages.data(), pages.size(), MADV_POPULATE_WRITE);
}

uint64_t bits_of(const SharedSegment& segment) {
  return kUserBits | ((segment.protection & arch::kExecute) != 0 ? 0 : kPageNoExecute);
}

}  // namespace

Result<Mapping> Mapping::reserve(uint64_t size) {
  void* memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot reserve memory for the virtual machine", errno);
  return Mapping({static_cast<uint8_t*>(memory), size});
}

Result<Mapping> Mapping::of_file(int file, uint64_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot map guest memory", errno);
  return Mapping({static_cast<uint8_t*>(memory), size});
}

Result<void> Mapping::put_file(uint64_t offset, int file, uint64_t size, int protection, int flags) {
  if (size != 0 && mmap(bytes_.data() + offset, size, protection, flags | MAP_FIXED, file, 0) == MAP_FAILED)
    return fail_errno("cannot map guest memory", errno);
  return {};
}

Result<Mapping> Mapping::addresses(uint64_t size) {
  void* memory = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot reserve addresses for the virtual machine", errno);
  return Mapping({static_cast<uint8_t*>(memory), size});
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}
Result<void> Mapping::give_back(uint64_t offset, uint64_t size) {
  if (size != 0 && mmap(bytes_.data() + offset, size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
    return fail_errno("cannot give the enclave's contents back", errno);
  return {};
}
Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

uint64_t* GuestMemory::table_at(uint64_t physical) const {
  return reinterpret_cast<uint64_t*>(system_.bytes().data() + physical);
}

uint64_t GuestMemory::next_table() {
  return std::exchange(tables_end_, tables_end_ + kPageSize);
}

void GuestMemory::map(uint64_t address, uint64_t physical, uint64_t bits) {
  uint64_t table = page_table_root();
  for (const int shift : {39, 30, 21}) {
    uint64_t& entry = table_at(table)[address >> shift & (kEntries - 1)];
    if (entry == 0) entry = next_table() | kTableBits;
    table = entry & kAddressBits;
  }
  table_at(table)[address >> 12 & (kEntries - 1)] = physical | bits;
}

// All levels but the last are made at once; the last level is one array, `leaves_`, empty as yet.
void GuestMemory::map_enclave_tables(uint64_t base) {
  for (uint64_t offset = 0; offset < enclave_size_; offset += kEntries * kPageSize) {
    const uint64_t address = base + offset;
    uint64_t table = page_table_root();
    for (const int shift : {39, 30}) {
      uint64_t& entry = table_at(table)[address >> shift & (kEntries - 1)];
      if (entry == 0) entry = next_table() | kTableBits;
      table = entry & kAddressBits;
    }
    table_at(table)[address >> 21 & (kEntries - 1)] = (leaves_ + offset / kPageSize * 8) | kTableBits;
  }
}

// The enclave kernel puts the first stack at the arena's end, lower by up to a random 1/64 of the arena, and
// writes all of its entries. Where their pages exist, a software hypervisor maps them ahead.
void GuestMemory::make_entries_of_first_stack(const arch::ImageHeader& header) {
  constexpr uint64_t kMappedAhead = StartPages::kGroup * kPageSize, kMost = 32 * kPageSize;
  const uint64_t end = header.arena.offset + header.arena.size;
  const uint64_t begin = end - header.arena.size / 64 - header.main_stack_size;
  const auto entry = [](uint64_t offset) { return offset / kPageSize * sizeof(uint64_t); };
  const uint64_t first = entry(begin) / kMappedAhead * kMappedAhead;
  if (begin < end && entry(end) - first <= kMost)
    touch(system_.bytes().subspan(leaves_ + first, entry(end) - first));
}

void GuestMemory::map_system(uint32_t slots) {
  constexpr uint8_t kCallCode[] = {0xe6, kVmPort & 0xff, 0xc3};  // out %al, $kVmPort; ret
  std::memcpy(system_.bytes().data() + call_page_, kCallCode, sizeof kCallCode);
  map(kVmCallPage, call_page_, kSystemBits | kPageUser);
  map(kVmCpuidPage, cpuid_page_, kSystemBits | kPageUser | kPageNoExecute);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const uint64_t block = blocks_ + slot * kVmBlockSize;
    const uint64_t address = vm_block(slot);
    map(address, block, kSystemBits);
    map(address + kPageSize, block + kPageSize, kSystemBits | kPageWritable | kPageNoExecute);
    map(kVmRecords + slot * kVmRecordSize, block + kPageSize, kSystemBits | kPageUser | kPageNoExecute);
  }
  for (uint64_t offset = 0; offset < slots * kExchangeSize; offset += kPageSize)
    map(kVmExchanges + offset, exchanges_ + offset, kSystemBits | kPageUser | kPageWritable | kPageNoExecute);
  for (uint64_t offset = 0; offset < enclave_size_ / kPageSize * 8; offset += kPageSize)
    map(kVmPageTable + offset, leaves_ + offset, kSystemBits | kPageUser | kPageWritable | kPageNoExecute);
}

void GuestMemory::map_pages(uint64_t offset, uint64_t physical, uint64_t size, uint64_t bits) {
  uint64_t* entry = table_at(leaves_) + offset / kPageSize;
  for (uint64_t done = 0; done < size; done += kPageSize) *entry++ = (physical + done) | bits;
}

void GuestMemory::map_segments(const PreparedImage& image) {
  for (const SharedSegment& segment : image.shared_segments)
    map_pages(segment.offset, system_size_ + segment.file_offset, segment.size,
              bits_of(segment) & ~(watches_start_ ? kPageAccessed : 0));
  uint64_t copy = copies_;
  for (const SharedSegment& part : copied_) {
    map_pages(part.offset, copy, part.size, bits_of(part));
    copy += part.size;
  }
  constexpr uint64_t kBits = kUserBits | kPageWritable | kPageNoExecute;
  for (const PrivateSegment& segment : image.private_segments)
    map_pages(segment.offset, kVmEnclavePhysical + segment.offset, segment.size, kBits);
  // Pages that hold something count as written from the start: flush() finds them by their dirty bit. So do
  // the first zeros of each segment, which most programs read before they write: a hypervisor that keeps page
  // tables of its own would map each of them twice.
  constexpr uint64_t kFirstZeros = 8 * kPageSize;
  const auto map_written = [&](uint64_t offset, uint64_t size) {
    map_pages(offset, kVmEnclavePhysical + offset, size, kBits | kPageDirty);
  };
  for (const PrivateSegment& segment : image.private_segments) {
    uint64_t zeros = 0;  // where they begin in the segment
    for (const PrivateContents& contents : image.private_contents)
      if (contents.offset >= segment.offset && contents.offset < segment.offset + segment.size)
        zeros = std::max(zeros, contents.offset + contents.bytes.size() - segment.offset);
    if (zeros != 0) map_written(segment.offset + zeros, std::min(kFirstZeros, segment.size - zeros));
  }
  for (const PrivateContents& contents : image.private_contents)
    map_written(contents.offset, contents.bytes.size());
}

Result<GuestMemory> GuestMemory::create(const PreparedImage& image, const LaunchRequest& request) {
  const arch::ImageHeader& header = image.view.header();
  const uint64_t call_area_size = request.call_area_size;
  // A processor that walks two sets of page tables by itself has little from copies.
  const bool makes_copies = keeps_page_tables();
  std::vector<SharedSegment> copies = makes_copies ? pages_to_copy(image) : std::vector<SharedSegment>();
  const uint64_t tables = tables_for(header.enclave_size, call_area_size);
  const uint64_t leaves = header.enclave_size / kPageSize * 8;
  const uint64_t blocks = header.thread_count * kVmBlockSize;
  const uint64_t exchanges = header.thread_count * kExchangeSize;
  const uint64_t system_size = tables + leaves + blocks + exchanges + 2 * kPageSize + size_of(copies);
  uint64_t code_size = 0;
  for (const SharedSegment& segment : image.shared_segments) code_size += segment.size;
  Mapping system = TRY(Mapping::reserve(system_size + code_size + call_area_size));
  // Debuggers may write: into a copy.
  TRY(request.debug
          ? system.put_file(system_size, image.code.get(), code_size, PROT_READ | PROT_WRITE, MAP_PRIVATE)
          : system.put_file(system_size, image.code.get(), code_size, PROT_READ, MAP_SHARED));
  TRY(system.put_file(system_size + code_size, request.call_area, call_area_size, PROT_READ | PROT_WRITE,
                      MAP_SHARED));

  GuestMemory memory(std::move(system));
  memory.enclave_size_ = header.enclave_size;
  memory.system_size_ = system_size;
  memory.code_size_ = code_size;
  memory.tables_end_ = kPageSize;
  memory.leaves_ = tables;
  memory.blocks_ = memory.leaves_ + leaves;
  memory.exchanges_ = memory.blocks_ + blocks;
  memory.call_page_ = memory.exchanges_ + exchanges;
  memory.cpuid_page_ = memory.call_page_ + kPageSize;
  memory.copies_ = memory.cpuid_page_ + kPageSize;
  memory.copied_ = std::move(copies);
  memory.watches_start_ = makes_copies && !request.ahead && !request.debug && !image.start_pages.known();
  return memory;
}

Result<void> GuestMemory::lay_out(const PreparedImage& image, uint64_t base) {
  const arch::ImageHeader& header = image.view.header();
  map_enclave_tables(base);
  if (keeps_page_tables()) make_entries_of_first_stack(header);
  map_system(header.thread_count);
  map_segments(image);
  const uint64_t call_area_address = kVmExchanges + header.thread_count * kExchangeSize;
  for (uint64_t offset = 0; offset < call_area().size(); offset += kPageSize)
    map(call_area_address + offset, system_size_ + code_size_ + offset,
        kSystemBits | kPageUser | kPageWritable | kPageNoExecute);
  const std::span<uint8_t> copies = system_.bytes().subspan(copies_, size_of(copied_));
  touch(copies);
  return read_copies(image.code.get(), copied_, copies);
}

Result<void> GuestMemory::load(VirtualMachine& machine, const PreparedImage& image, bool debug,
                               std::vector<std::string>& missing) {
  if (debug) {
    missing.emplace_back("this is a debug enclave: its memory is ordinary memory, and debuggers may attach");
  } else if (machine.has_private_memory()) {
    guest_memory_ = TRY(machine.create_guest_memory(enclave_size_));
    system_memory_ = TRY(machine.create_guest_memory(system_size_));
  } else if (auto created = machine.create_guest_memory(enclave_size_); created) {
    guest_memory_ = std::move(*created);
  } else {
    missing.push_back("enclave memory stays mapped in the monitor, so root can read it by /proc/PID/mem: " +
                      created.error().message);
  }
  enclave_ = TRY(guest_memory_.valid() && !is_private() ? Mapping::of_file(guest_memory_.get(), enclave_size_)
                                                        : Mapping::reserve(enclave_size_));
  for (const PrivateContents& contents : image.private_contents) {
    const std::span<uint8_t> pages = enclave_.bytes().subspan(contents.offset, contents.bytes.size());
    touch(pages);
    std::memcpy(pages.data(), contents.bytes.data(), pages.size());
  }
  if (guest_memory_.valid()) addresses_ = TRY(Mapping::addresses(enclave_size_));
  return add_slots(machine, image.view.header());
}

// Each slot more makes KVM wait for all of its readers: 10 to 80 us on an idle machine, milliseconds on a
// busy one.
Result<void> GuestMemory::add_slots(VirtualMachine& machine, const arch::ImageHeader& header) {
  const std::span<uint8_t> all = system_.bytes();
  if (!is_private()) {
    TRY(machine.add_memory(kSystemSlot, 0, all));
    return provide(machine, vm_first_parts(header));
  }
  TRY(machine.add_guest_memory(kSystemSlot, 0, system_memory_.get(), 0, all.first(system_size_)));
  TRY(machine.make_private(0, exchanges_));
  TRY(machine.make_private(call_page_, system_size_ - call_page_));
  TRY(machine.add_memory(kCodeSlot, system_size_, all.subspan(system_size_, code_size_), true));
  if (const std::span<uint8_t> shared = call_area(); !shared.empty())
    TRY(machine.add_memory(kCallAreaSlot, system_size_ + code_size_, shared));
  return provide(machine, vm_first_parts(header));
}

Result<void> GuestMemory::provide(VirtualMachine& machine, uint32_t parts) {
  const uint64_t part_size = enclave_size_ / kVmParts;
  parts &= ~parts_;
  for (uint32_t part = 0; part < kVmParts; ++part) {
    uint32_t end = part;
    while (end < kVmParts && (parts & 1u << end) != 0) ++end;
    if (end == part) continue;
    const uint64_t offset = part * part_size, size = (end - part) * part_size;
    const uint64_t physical = kVmEnclavePhysical + offset;
    if (guest_memory_.valid())
      TRY(machine.add_guest_memory(kFirstPartSlot + part, physical, guest_memory_.get(), offset,
                                   addresses_->bytes().subspan(offset, size)));
    else
      TRY(machine.add_memory(kFirstPartSlot + part, physical, enclave_.bytes().subspan(offset, size)));
    if (is_private()) TRY(machine.make_private(physical, size));
    for (; part < end; ++part) parts_ |= 1u << part;
  }
  return {};
}

void GuestMemory::publish_cpuid(std::span<const kvm_cpuid_entry2> entries) {
  auto& table = *reinterpret_cast<CpuidTable*>(system_.bytes().data() + cpuid_page_);
  for (const kvm_cpuid_entry2& e : entries) {
    if (table.count == kCpuidCapacity) return;
    const uint32_t any_subleaf = (e.flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) == 0 ? 1 : 0;
    table.entries[table.count++] = {e.function, e.index, any_subleaf, e.eax, e.ebx, e.ecx, e.edx};
  }
}

kernel::Exchange& GuestMemory::exchange(uint32_t slot) const {
  return *reinterpret_cast<kernel::Exchange*>(system_.bytes().data() + exchanges_ + slot * kExchangeSize);
}

std::span<uint8_t> GuestMemory::block(uint32_t slot) const {
  return system_.bytes().subspan(blocks_ + slot * kVmBlockSize, kVmBlockSize);
}

std::span<uint8_t> GuestMemory::physical_page(uint64_t address) const {
  const std::pair<uint64_t, std::span<uint8_t>> ranges[] = {{0, system_.bytes()},
                                                            {kVmEnclavePhysical, enclave_.bytes()}};
  for (const auto& [begin, bytes] : ranges)
    if (address >= begin && address - begin < bytes.size() && bytes.size() - (address - begin) >= kPageSize)
      return bytes.subspan(address - begin, kPageSize);
  return {};
}

void GuestMemory::finish_loading(uint64_t launch_secret, int keeper) {
  receive_launch_secret(keeper, enclave_.bytes().data() + launch_secret);
  table_at(leaves_)[launch_secret / kPageSize] |= kPageDirty;  // for flush()
  if (guest_memory_.valid() && !is_private()) const Mapping unmapped = std::move(enclave_);
}

void GuestMemory::tell_start_pages(const PreparedImage& image) const {
  if (!watches_start_) return;
  std::vector<uint8_t> groups;
  for (const SharedSegment& segment : image.shared_segments)
    for (uint64_t offset = segment.offset; offset < segment.offset + segment.size; offset += kPageSize) {
      const uint64_t page = offset / kPageSize;
      if ((table_at(leaves_)[page] & kPageAccessed) == 0) continue;
      groups.resize(std::max<size_t>(groups.size(), page / StartPages::kGroup + 1));
      groups[page / StartPages::kGroup] |= static_cast<uint8_t>(1u << page % StartPages::kGroup);
    }
  image.start_pages.learn(groups);
}

Result<void> GuestMemory::flush() {
  if (is_private()) return free_private_memory();
  if (guest_memory_.valid()) enclave_ = TRY(Mapping::of_file(guest_memory_.get(), enclave_size_));
  uint64_t* entries = table_at(leaves_);
  const uint64_t size = enclave_size_ / kPageSize * sizeof(uint64_t);
  // Pages of entries that were never touched hold nothing, and looking at them would make them.
  std::vector<unsigned char> resident(size / kPageSize);
  if (mincore(entries, size, resident.data()) != 0) return fail_errno("cannot flush the enclave", errno);
  for (uint64_t index = 0; index < enclave_size_ / kPageSize; ++index) {
    if ((resident[index / kEntries] & 1) == 0) {
      index += kEntries - 1;
      continue;
    }
    uint64_t end = index;
    while ((entries[end] & kPageDirty) != 0 && ++end % kEntries != 0) {
    }
    if (end == index) continue;
    const std::span<uint8_t> written = enclave_.bytes().subspan(index * kPageSize, (end - index) * kPageSize);
    touch(written);
    std::memset(written.data(), 0, written.size());
    index = end - 1;
  }
  // The view goes with the process: that the enclave has ended need not wait for it.
  return {};
}

}  // namespace strongroom::tee::vm
