#include "tee/vm/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/port/host_facts.h"
#include "kernel/port/vm_layout.h"
#include "tee/launch_secret.h"

namespace strongroom::tee::vm {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

constexpr uint64_t kEntries = 512;
constexpr uint32_t kSystemSlot = 0, kEnclaveSlot = 1, kCodeSlot = 2, kCallAreaSlot = 3;
constexpr uint64_t kAddressBits = 0x000ffffffffff000;
// Every entry is present and marked as used, so that the processor never has to write it; the enclave's own
// entries tell by D what was written.
constexpr uint64_t kTableBits = kPagePresent | kPageWritable | kPageUser | kPageAccessed;
constexpr uint64_t kUserBits = kPagePresent | kPageUser | kPageAccessed;
constexpr uint64_t kSystemBits = kPagePresent | kPageAccessed | kPageDirty;

uint64_t tables_for(uint64_t enclave_size, uint64_t call_area_size) {
  // The low gigabytes need at most 90 tables; then directories for the enclave, and tables for the view on
  // its entries.
  return (128 + 3 * (enclave_size >> 30) + 4 + (call_area_size >> 21) + 2) * kPageSize;
}

// What stands before a program's code: its relocations, symbols and notes. The program reads all of it when
// it starts and nothing of it later. A copy in system memory costs less than the faults: of memory that a
// guest may write, a software hypervisor maps pages ahead, eight at a time, and of read-only memory each by
// itself.
bool holds_relocations(const PreparedImage& image, const SharedSegment& segment) {
  constexpr uint64_t kMost = 512 << 10;
  return segment.offset == image.view.header().program.offset && segment.protection == arch::kRead &&
         segment.size <= kMost;
}

uint64_t size_of_relocations(const PreparedImage& image) {
  uint64_t size = 0;
  for (const SharedSegment& segment : image.shared_segments)
    if (holds_relocations(image, segment)) size += segment.size;
  return size;
}

}  // namespace

Result<Mapping> Mapping::reserve(uint64_t size) {
  void* memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot reserve memory for the virtual machine", errno);
  return Mapping({static_cast<uint8_t*>(memory), size});
}

Result<Mapping> Mapping::of_file(int file, uint64_t size, bool writable) {
  void* memory = mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot map guest memory", errno);
  return Mapping({static_cast<uint8_t*>(memory), size});
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

void GuestMemory::map_system(uint32_t slots) {
  constexpr uint8_t kCallCode[] = {0xe6, kVmPort & 0xff, 0xc3};  // out %al, $kVmPort; ret
  std::memcpy(system_.bytes().data() + call_page_, kCallCode, sizeof kCallCode);
  map(kVmCallPage, call_page_, kSystemBits | kPageUser);
  map(kVmCpuidPage, cpuid_page_, kSystemBits | kPageUser | kPageNoExecute);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const uint64_t block = blocks_ + slot * kVmBlockSize;
    const uint64_t address = kVmBlocks + slot * kVmBlockSize;
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

void GuestMemory::load_segments(const PreparedImage& image) {
  uint64_t copy = relocations_;
  for (const SharedSegment& segment : image.shared_segments) {
    uint64_t physical = kVmCodePhysical + segment.file_offset;
    if (holds_relocations(image, segment)) {
      std::memcpy(system_.bytes().data() + copy, code_.bytes().data() + segment.file_offset, segment.size);
      physical = std::exchange(copy, copy + segment.size);
    }
    map_pages(segment.offset, physical, segment.size,
              kUserBits | ((segment.protection & arch::kExecute) != 0 ? 0 : kPageNoExecute));
  }
  constexpr uint64_t kBits = kUserBits | kPageWritable | kPageNoExecute;
  for (const PrivateSegment& segment : image.private_segments)
    map_pages(segment.offset, kVmEnclavePhysical + segment.offset, segment.size, kBits);
  for (const PrivateContents& contents : image.private_contents) {
    std::memcpy(enclave_.bytes().data() + contents.offset, contents.bytes.data(), contents.bytes.size());
    // Pages that hold something count as written from the start: flush() finds them by their dirty bit.
    map_pages(contents.offset, kVmEnclavePhysical + contents.offset, contents.bytes.size(),
              kBits | kPageDirty);
  }
}

Result<GuestMemory> GuestMemory::load(VirtualMachine& machine, const PreparedImage& image, uint64_t base,
                                      int call_area, uint64_t call_area_size,
                                      std::vector<std::string>& missing) {
  const arch::ImageHeader& header = image.view.header();
  const uint64_t tables = tables_for(header.enclave_size, call_area_size);
  const uint64_t leaves = header.enclave_size / kPageSize * 8;
  const uint64_t blocks = header.thread_count * kVmBlockSize;
  const uint64_t exchanges = header.thread_count * kExchangeSize;
  Mapping system = TRY(
      Mapping::reserve(tables + leaves + blocks + exchanges + 2 * kPageSize + size_of_relocations(image)));

  FileDescriptor guest_memory;
  if (auto created = machine.create_guest_memory(header.enclave_size); created)
    guest_memory = std::move(*created);
  else
    missing.push_back("enclave memory stays mapped in the monitor, so root can read it by /proc/PID/mem: " +
                      created.error().message);
  Mapping enclave = TRY(guest_memory.valid() ? Mapping::of_file(guest_memory.get(), header.enclave_size)
                                             : Mapping::reserve(header.enclave_size));

  uint64_t code_size = 0;
  for (const SharedSegment& segment : image.shared_segments) code_size += segment.size;
  Mapping code = TRY(Mapping::of_file(image.code.get(), code_size, false));

  GuestMemory memory(std::move(system), std::move(enclave), std::move(code), std::move(guest_memory));
  memory.enclave_size_ = header.enclave_size;
  memory.tables_end_ = kPageSize;
  memory.leaves_ = tables;
  memory.blocks_ = memory.leaves_ + leaves;
  memory.exchanges_ = memory.blocks_ + blocks;
  memory.call_page_ = memory.exchanges_ + exchanges;
  memory.cpuid_page_ = memory.call_page_ + kPageSize;
  memory.relocations_ = memory.cpuid_page_ + kPageSize;
  memory.map_enclave_tables(base);
  memory.map_system(header.thread_count);
  memory.load_segments(image);
  if (call_area_size != 0) {
    memory.call_area_ = TRY(Mapping::of_file(call_area, call_area_size));
    const uint64_t address = kVmExchanges + exchanges;
    for (uint64_t offset = 0; offset < call_area_size; offset += kPageSize)
      memory.map(address + offset, kVmCallAreaPhysical + offset,
                 kSystemBits | kPageUser | kPageWritable | kPageNoExecute);
    TRY(machine.add_memory(kCallAreaSlot, kVmCallAreaPhysical, memory.call_area_->bytes()));
  }
  TRY(machine.add_memory(kSystemSlot, 0, memory.system_.bytes()));
  TRY(machine.add_memory(kCodeSlot, kVmCodePhysical, memory.code_.bytes(), true));
  if (memory.guest_memory_.valid()) {
    memory.addresses_ = TRY(Mapping::addresses(header.enclave_size));
    TRY(machine.add_guest_memory(kEnclaveSlot, kVmEnclavePhysical, header.enclave_size,
                                 memory.guest_memory_.get(), memory.addresses_->bytes()));
  } else {
    TRY(machine.add_memory(kEnclaveSlot, kVmEnclavePhysical, memory.enclave_.bytes()));
  }
  return memory;
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

void GuestMemory::finish_loading(uint64_t launch_secret, int keeper) {
  receive_launch_secret(keeper, enclave_.bytes().data() + launch_secret);
  table_at(leaves_)[launch_secret / kPageSize] |= kPageDirty;  // for flush()
  if (guest_memory_.valid()) const Mapping unmapped = std::move(enclave_);
}

Result<void> GuestMemory::flush() {
  if (guest_memory_.valid()) enclave_ = TRY(Mapping::of_file(guest_memory_.get(), enclave_size_));
  uint64_t* entries = table_at(leaves_);
  const uint64_t size = enclave_size_ / kPageSize * sizeof(uint64_t);
  // Pages of entries that were never touched hold nothing, and looking at them would make them.
  std::vector<unsigned char> resident(size / kPageSize);
  if (mincore(entries, size, resident.data()) != 0) return fail_errno("cannot flush the enclave", errno);
  for (uint64_t index = 0; index < enclave_size_ / kPageSize; ++index) {
    if ((resident[index / kEntries] & 1) == 0)
      index += kEntries - 1;
    else if ((entries[index] & kPageDirty) != 0)
      std::memset(enclave_.bytes().data() + index * kPageSize, 0, kPageSize);
  }
  if (guest_memory_.valid()) const Mapping unmapped = std::move(enclave_);
  return {};
}

}  // namespace strongroom::tee::vm
