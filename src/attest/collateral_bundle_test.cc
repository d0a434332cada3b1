#include "attest/collateral_bundle.h"

#include <gtest/gtest.h>

namespace strongroom::attest {
namespace {

// sgx_ql_qve_collateral_t whose only part is this.
Bytes structure_of(const Bytes& part) {
  ByteWriter out;
  out.little(uint32_t{3}).little(uint32_t{0});
  for (int i = 0; i < 7; ++i)
    out.little(uint64_t{0}).little(i == 3 ? static_cast<uint32_t>(part.size()) : 0).little(uint32_t{0});
  return out.bytes(part).take();
}

TEST(CollateralBundle, KeepsTheLastByteOfDerWhateverItIs) {
  for (const uint8_t last : {uint8_t{0}, uint8_t{'\n'}, uint8_t{'\r'}, uint8_t{7}})
    for (const Bytes& behind : {Bytes{}, Bytes{0}, Bytes{'\n', 0}}) {
      const Bytes list = {0x30, 4, 4, 2, last, last};
      Bytes given = list;
      given.insert(given.end(), behind.begin(), behind.end());
      const auto parts = parts_of_bundle(structure_of(given));
      ASSERT_TRUE(parts && *parts);
      ASSERT_EQ((*parts)->size(), 1U);
      EXPECT_EQ((**parts)[0], list) << int{last} << " and " << behind.size() << " bytes behind it";
    }
}

TEST(CollateralBundle, CutsWhatStandsBehindText) {
  const auto parts = parts_of_bundle(structure_of({'{', '}', '\r', '\n', 0}));
  ASSERT_TRUE(parts && *parts);
  EXPECT_EQ((**parts)[0], (Bytes{'{', '}'}));
}

}  // namespace
}  // namespace strongroom::attest
