// The guest's physical memory and its page tables.
//
// "System" memory is ordinary memory of the monitor: the call page, ring 0's pages, page tables, exchanges,
// and copies of some of the image's read-only pages (copied_pages.h). Enclave memory is a guest_memfd that no
// process has mapped once the image is loaded, where the machine has it.
//
// Where the machine offers private memory (private_memory.h), both are, but for the exchanges: what the host
// shares with the enclave by nature. Page tables, descriptor tables and ring 0's code decide what the enclave
// executes, so whoever could write them would have its memory. Only the image's read-only pages, which are
// public, stay where all enclaves of the image share them: in a file that nobody can write.
#pragma once

#include <optional>
#include <span>

#include "kernel/host_interface.h"
#include "tee/launch.h"
#include "tee/vm/kvm.h"

namespace strongroom::tee::vm {

// Memory of this process; unmapped at the end.
class Mapping {
 public:
  Mapping() = default;  // nothing
  // Anonymous memory, reserved and not touched.
  static Result<Mapping> reserve(uint64_t size);
  // Addresses without memory: nothing else comes to stand there.
  static Result<Mapping> addresses(uint64_t size);
  static Result<Mapping> of_file(int file, uint64_t size);
  // Puts a file in the place of a part of it; protection and flags are mmap's.
  Result<void> put_file(uint64_t offset, int file, uint64_t size, int protection, int flags);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }
  // Gives a part of the memory back for good; its addresses stay.
  Result<void> give_back(uint64_t offset, uint64_t size);

 private:
  explicit Mapping(std::span<uint8_t> bytes) : bytes_(bytes) {}
  std::span<uint8_t> bytes_;
};

class GuestMemory {
 public:
  // For one enclave of this image, without contents. Of the request the call area, `ahead` and `debug`
  // matter.
  static Result<GuestMemory> create(const PreparedImage& image, const LaunchRequest& request);

  // Once: fills system memory, with the page tables of all that kernel/port/vm_layout.h names, for an enclave
  // at `base`. May go on beside load().
  Result<void> lay_out(const PreparedImage& image, uint64_t base);
  // Once: makes the enclave's memory, loads the image into it, and gives the machine all of it that an
  // enclave has from the beginning. `missing` takes a sentence where enclave memory stays mapped, as it does
  // for debugging.
  Result<void> load(VirtualMachine& machine, const PreparedImage& image, bool debug,
                    std::vector<std::string>& missing);
  // Gives the machine these parts of the enclave's memory, too (kernel/port/vm_layout.h).
  Result<void> provide(VirtualMachine& machine, uint32_t parts);

  // CR3.
  [[nodiscard]] uint64_t page_table_root() const { return 0; }
  // Fills kernel::CpuidTable. Entries beyond its capacity are left out: the guest sees zeros for them.
  void publish_cpuid(std::span<const kvm_cpuid_entry2> entries);
  [[nodiscard]] kernel::Exchange& exchange(uint32_t slot) const;
  // The monitor's own view of the call area; empty without one.
  [[nodiscard]] std::span<uint8_t> call_area() const {
    return system_.bytes().subspan(system_size_ + code_size_);
  }
  // Private memory is out of the monitor's reach: it is filled by enter_private_memory(), once.
  [[nodiscard]] bool is_private() const { return system_memory_.valid(); }
  // The page of ring 0 code and the page of its data for a processor. Not of memory that is private and
  // filled.
  [[nodiscard]] std::span<uint8_t> block(uint32_t slot) const;

  // The monitor's own view of the page at this guest-physical address; empty where there is none. Of a debug
  // enclave it is all of the memory.
  [[nodiscard]] std::span<uint8_t> physical_page(uint64_t address) const;

  // Once, before the first processor starts: receives the launch secret into the enclave at this offset, and
  // takes the monitor's own view of a guest_memfd away.
  void finish_loading(uint64_t launch_secret, int keeper);
  // Where memory is private, after finish_loading() and before the enclave is entered: `processor` brings
  // everything there, and the monitor's copies go, the launch secret overwritten.
  Result<void> enter_private_memory(VirtualMachine& machine, VirtualProcessor& processor,
                                    const PreparedImage& image, uint64_t launch_secret);

  // When the program has started, and once more where it ends at once: tells the image's StartPages, where
  // load() found them unknown and the machine has a use for them.
  void tell_start_pages(const PreparedImage& image) const;

  // After the last processor has stopped: zeroes every page of the enclave that was ever written, or gives
  // private memory back to the kernel, whoever still has a descriptor of it.
  Result<void> flush();

 private:
  explicit GuestMemory(Mapping system) : system_(std::move(system)) {}

  uint64_t* table_at(uint64_t physical) const;
  uint64_t next_table();
  void map(uint64_t address, uint64_t physical, uint64_t bits);
  void map_enclave_tables(uint64_t base);
  void make_entries_of_first_stack(const arch::ImageHeader& header);
  void map_system(uint32_t slots);
  void map_segments(const PreparedImage& image);
  void map_pages(uint64_t offset, uint64_t physical, uint64_t size, uint64_t bits);
  Result<void> add_slots(VirtualMachine& machine, const arch::ImageHeader& header);
  Result<void> free_private_memory();

  // System memory from physical address 0 on, then the image's read-only pages, then the call area.
  Mapping system_;
  // Without a guest_memfd the enclave's memory; else a view of it, or what it will hold, while loading.
  Mapping enclave_;
  // The addresses that KVM was given for a guest_memfd. A hypervisor that maps pages ahead may look them up
  // there, and would give the enclave whatever memory of the monitor it found. The image is loaded through
  // another mapping, because taking one away that KVM knows makes it look at every page of the enclave.
  std::optional<Mapping> addresses_;
  FileDescriptor guest_memory_;   // the enclave's; invalid where the machine has none
  FileDescriptor system_memory_;  // of private memory alone
  uint64_t enclave_size_ = 0;
  uint64_t system_size_ = 0;
  uint64_t code_size_ = 0;
  uint32_t parts_ = 0;       // of the enclave's memory that the machine has
  uint64_t tables_end_ = 0;  // where the next page table goes, in system memory
  uint64_t leaves_ = 0;      // the enclave's page table entries, in system memory
  uint64_t blocks_ = 0;
  uint64_t exchanges_ = 0;
  uint64_t call_page_ = 0;
  uint64_t cpuid_page_ = 0;
  uint64_t copies_ = 0;  // of read-only pages
  std::vector<SharedSegment> copied_;
  bool watches_start_ = false;
};

}  // namespace strongroom::tee::vm
