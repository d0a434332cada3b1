// An open /dev/sgx_enclave: the enclave that was made through it, its pages, and its mappings. What Linux
// keeps in struct sgx_encl. Content lives in a memfd, mapped twice: where the program maps it, with the
// permissions that both the mapping and the EPCM give; and once more for the processor, readable and
// writable.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "core/cpu.h"
#include "core/encls.h"

namespace strongroom::sgx {

inline constexpr uint8_t kNotMapped = 0xff;

// A page that the driver knows of.
struct DevicePage {
  EpcPage epc;
  uint32_t maximum_protection = 0;
  arch::PageType type = arch::PageType::kRegular;  // as the driver believes
};

struct Device {
  int memory_fd = -1;  // the memfd, a descriptor of our own
  std::atomic_flag in_ioctl;
  bool created = false;
  EpcPage secs;
  uint64_t base = 0;
  uint64_t size = 0;
  uint8_t* processor_view = nullptr;
  uint64_t permitted_attributes = 0;
  std::map<uint64_t, std::unique_ptr<DevicePage>> pages;  // by offset
  std::vector<uint8_t> mapped;                            // of each page: PROT_ bits, or kNotMapped

  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  [[nodiscard]] bool initialised() const { return created && secs.enclave && secs.enclave->initialized(); }
  [[nodiscard]] bool contains(uint64_t address) const { return created && address - base < size; }
  // Whether the program maps the page at an address of the enclave; any page of it.
  [[nodiscard]] bool maps(uint64_t address) const;
  [[nodiscard]] bool is_mapped() const;
  [[nodiscard]] DevicePage* find(uint64_t offset);

  // A page for the content at `offset`, not yet in `pages`.
  [[nodiscard]] std::unique_ptr<DevicePage> make_page(uint64_t offset, uint64_t secinfo_flags) const;

  // Linux's rule for mmap() and mprotect(): not beyond the enclave, and no permission that a page there was
  // not added with. 0 or -EACCES.
  [[nodiscard]] int may_map(uint64_t start, uint64_t end, int protection) const;
  // Notes what the program mapped, and gives the pages what they may have.
  void set_mapped(uint64_t start, uint64_t end, uint8_t protection);
  // After a change of EPCM entries.
  void apply_protection(uint64_t start, uint64_t end);

  // A thread is inside from now on, or has left. Of use where the abort page is emulated.
  void enter();
  void leave();
  // After fork(), in the child: nobody is inside.
  void leave_all();

  // The page at an address of the program, as paging finds it: what is not there yet is added (EAUG) where
  // the enclave is initialised and the address is mapped.
  tl::expected<EpcPage*, Fault> fault_in(uint64_t address, Access access);

 private:
  // The part of [start, end) in runs of pages that the program maps and that are alike by `kind(index)`.
  template <typename Kind, typename Map>
  void for_each_run(uint64_t start, uint64_t end, const Kind& kind, const Map& map) const;
  void show_content();
  void show_ones(uint64_t start, uint64_t end);
  [[nodiscard]] int effective_protection(uint64_t index);

  uint32_t threads_inside_ = 0;
};

}  // namespace strongroom::sgx
