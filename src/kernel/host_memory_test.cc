// In what units the kernel reads and writes memory of its host.
#include "kernel/host_memory.h"

#include <gmock/gmock.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "base/testing/watched_page.h"
#include "kernel/testing/lying_host.h"

namespace strongroom::kernel {
namespace {

using strongroom::testing::kWatchedPage;
using strongroom::testing::watched;
constexpr size_t kPage = kWatchedPage;

class HostMemory : public strongroom::testing::WatchedPage {};

constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 24, 100, 255, 512};

TEST_F(HostMemory, IsReadInWholeAlignedWordsEachOnce) {
  look([] { std::iota(watched.page, watched.page + kPage, uint8_t{1}); });
  for (const size_t size : kSizes)
    for (const size_t offset : {size_t{0}, size_t{8}, kPage - 512}) {
      watched.accesses.clear();
      std::vector<uint8_t> out(size + 1, 0xee);
      copy_from_host(out.data(), watched.page + offset, size);
      EXPECT_EQ(watched.accesses, words(offset, size)) << size;
      look([&] { EXPECT_EQ(std::memcmp(out.data(), watched.page + offset, size), 0) << size; });
      EXPECT_EQ(out[size], 0xee);
    }
}

TEST_F(HostMemory, IsWrittenInWholeAlignedWordsThatEndInZeros) {
  std::vector<uint8_t> in(512);
  std::iota(in.begin(), in.end(), uint8_t{1});
  for (const size_t size : kSizes) {
    look([] { std::memset(watched.page, 0xcc, kPage); });
    watched.accesses.clear();
    copy_to_host(watched.page + 16, in.data(), size);
    EXPECT_EQ(watched.accesses, words(16, size)) << size;
    look([&] {
      const size_t end = 16 + (size + 7) / 8 * 8;
      EXPECT_EQ(std::memcmp(watched.page + 16, in.data(), size), 0) << size;
      for (size_t at = 16 + size; at < end; ++at) EXPECT_EQ(watched.page[at], 0) << size;
      EXPECT_EQ(watched.page[end], 0xcc) << size;
      EXPECT_EQ(watched.page[15], 0xcc) << size;
    });
  }
}

TEST_F(HostMemory, IsClearedInWholeAlignedWords) {
  for (const size_t size : kSizes) {
    look([] { std::memset(watched.page, 0xcc, kPage); });
    watched.accesses.clear();
    clear_host(watched.page, size);
    EXPECT_EQ(watched.accesses, words(0, size)) << size;
  }
}

TEST_F(HostMemory, TakesTheNumberOfACallInOneWord) {
  const testing::LyingHost host(port::Kind::kSgx, testing::Script({}));
  watched.accesses.clear();
  put_call(*reinterpret_cast<Exchange*>(watched.page), HostCall::kConsoleRead);
  EXPECT_EQ(watched.accesses, words(0, 8));
  look([] {
    EXPECT_EQ(reinterpret_cast<Exchange*>(watched.page)->call, static_cast<uint32_t>(HostCall::kConsoleRead));
  });
}

TEST_F(HostMemory, ReachesTheProgramInPieces) {
  testing::LyingHost host(port::Kind::kSgx, testing::Script({}));
  look([] { std::iota(watched.page, watched.page + kPage, uint8_t{3}); });
  const auto arena = reinterpret_cast<uint64_t>(host.arena().data());
  constexpr size_t kSize = 1500;
  watched.accesses.clear();
  ASSERT_TRUE(copy_host_to_user(arena + 5, watched.page, kSize).ok());
  EXPECT_EQ(watched.accesses, words(0, kSize));
  look([&] { EXPECT_EQ(std::memcmp(host.arena().data() + 5, watched.page, kSize), 0); });
  watched.accesses.clear();
  ASSERT_TRUE(copy_user_to_host(watched.page + 2048, arena + 5, kSize).ok());
  EXPECT_EQ(watched.accesses, words(2048, kSize));
  look([&] { EXPECT_EQ(std::memcmp(watched.page + 2048, watched.page, kSize), 0); });
  EXPECT_EQ(copy_host_to_user(1, watched.page, 8).error(), Errno::kFault);
  EXPECT_EQ(copy_user_to_host(watched.page, arena + testing::kArenaSize - 4, 8).error(), Errno::kFault);
}

}  // namespace
}  // namespace strongroom::kernel
