// Where the memory of an enclave in `vm` was mapped while the monitor loaded it, nothing else may ever be
// mapped: a hypervisor that maps pages ahead takes them from these addresses, and gave enclaves pages of the
// monitor.
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "image/image_file.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

struct Area {
  uint64_t begin, end;
  std::string protection, file;
};

std::vector<Area> areas_of(pid_t process) {
  std::vector<Area> areas;
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    Area area{};
    char dash = 0;
    std::string offset, device, inode;
    std::istringstream fields(line);
    fields >> std::hex >> area.begin >> dash >> area.end >> area.protection >> offset >> device >> inode;
    std::getline(fields >> std::ws, area.file);
    areas.push_back(area);
  }
  return areas;
}

// No other reservation of the monitor is nearly as large as an enclave.
uint64_t largest_empty_area(const std::vector<Area>& areas) {
  uint64_t largest = 0;
  for (const Area& area : areas)
    if (area.protection == "---p" && area.file.empty()) largest = std::max(largest, area.end - area.begin);
  return largest;
}

TEST(WithdrawnMemory, KeepsItsAddressesToItself) {
  if (geteuid() != 0) GTEST_SKIP() << "only root sees the monitor's memory map";
  if (const auto available = host::check_available(host::Tee::kVm); !available)
    GTEST_SKIP() << available.error().message;
  const Bytes file = build(STRONGROOM_TEST_PROGRAMS "/holder", allow_host_arguments);
  const uint64_t enclave_size = image::ImageView::parse(file).value().header().enclave_size;
  host::Enclave enclave =
      host::Enclave::launch(host::Image::from_bytes(file).value(),
                            {.tee = host::Tee::kVm, .allow_unsigned = true, .arguments = {"heap", "1"}})
          .value();
  if (!enclave.warnings().empty()) GTEST_SKIP() << enclave.warnings().front();
  const std::vector<Area> areas = areas_of(enclave.process_id());
  ASSERT_FALSE(areas.empty());
  EXPECT_GE(largest_empty_area(areas), enclave_size);
  for (const Area& area : areas)
    EXPECT_TRUE(area.protection == "---p" || area.end - area.begin < enclave_size)
        << "still mapped: " << area.protection << " " << area.file;
  enclave.kill();
  (void)enclave.wait();
}

}  // namespace
}  // namespace strongroom::tee_test
