// The guest's physical memory and its page tables.
//
// "System" memory is ordinary memory of the monitor: the call page, ring 0's pages, page tables, exchanges,
// and copies of some of the image's read-only pages (copied_pages.h). Enclave memory is a guest_memfd that no
// process has mapped once the image is loaded, where the machine has it.
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
  // Anonymous memory, reserved and not touched.
  static Result<Mapping> reserve(uint64_t size);
  // Addresses without memory: nothing else comes to stand there.
  static Result<Mapping> addresses(uint64_t size);
  static Result<Mapping> of_file(int file, uint64_t size, bool writable = true);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();
  [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }

 private:
  explicit Mapping(std::span<uint8_t> bytes) : bytes_(bytes) {}
  std::span<uint8_t> bytes_;
};

class GuestMemory {
 public:
  // Loads the image at `base`, and the call area of `call_area_size` bytes where there is one, and maps
  // everything that kernel/port/vm_layout.h names. `missing` takes a sentence where enclave memory stays
  // mapped. Of the request the call area and `ahead` matter.
  static Result<GuestMemory> load(VirtualMachine& machine, const PreparedImage& image, uint64_t base,
                                  const LaunchRequest& request, std::vector<std::string>& missing);

  // CR3.
  [[nodiscard]] uint64_t page_table_root() const { return 0; }
  // Fills kernel::CpuidTable. Entries beyond its capacity are left out: the guest sees zeros for them.
  void publish_cpuid(std::span<const kvm_cpuid_entry2> entries);
  [[nodiscard]] kernel::Exchange& exchange(uint32_t slot) const;
  // The monitor's own view of the call area; empty without one.
  [[nodiscard]] std::span<uint8_t> call_area() const {
    return call_area_ ? call_area_->bytes() : std::span<uint8_t>();
  }
  // The page of ring 0 code and the page of its data for a processor.
  [[nodiscard]] std::span<uint8_t> block(uint32_t slot) const;

  // Once, before the first processor starts: receives the launch secret into the enclave at this offset, and
  // takes the monitor's own view of a guest_memfd away.
  void finish_loading(uint64_t launch_secret, int keeper);

  // When the program has started: tells the image's StartPages, where load() found them unknown and the
  // machine has a use for them.
  void tell_start_pages(const PreparedImage& image) const;

  // After the last processor has stopped: zeroes every page of the enclave that was ever written.
  Result<void> flush();

 private:
  GuestMemory(Mapping system, Mapping enclave, Mapping code, FileDescriptor guest_memory)
      : system_(std::move(system)),
        enclave_(std::move(enclave)),
        code_(std::move(code)),
        guest_memory_(std::move(guest_memory)) {}

  uint64_t* table_at(uint64_t physical) const;
  uint64_t next_table();
  void map(uint64_t address, uint64_t physical, uint64_t bits);
  void map_enclave_tables(uint64_t base);
  void make_entries_of_first_stack(const arch::ImageHeader& header);
  void map_system(uint32_t slots);
  void load_segments(const PreparedImage& image, std::span<const SharedSegment> copies);
  void map_pages(uint64_t offset, uint64_t physical, uint64_t size, uint64_t bits);

  Mapping system_;
  Mapping enclave_;  // while loading; where there is no guest_memfd, for good
  Mapping code_;     // the image's read-only pages
  // The addresses that KVM was given for a guest_memfd. A hypervisor that maps pages ahead may look them up
  // there, and would give the enclave whatever memory of the monitor it found. The image is loaded through
  // another mapping, because taking one away that KVM knows makes it look at every page of the enclave.
  std::optional<Mapping> addresses_;
  std::optional<Mapping> call_area_;
  FileDescriptor guest_memory_;  // invalid where the machine has none
  uint64_t enclave_size_ = 0;
  uint64_t tables_end_ = 0;  // where the next page table goes, in system memory
  uint64_t leaves_ = 0;      // the enclave's page table entries, in system memory
  uint64_t blocks_ = 0;
  uint64_t exchanges_ = 0;
  uint64_t call_page_ = 0;
  uint64_t cpuid_page_ = 0;
  uint64_t copies_ = 0;  // of read-only pages
  bool watches_start_ = false;
};

}  // namespace strongroom::tee::vm
