#include "host/spare_shelf.h"

#include <gtest/gtest.h>

namespace strongroom::host {
namespace {

constexpr Make kInProcess{.tee = tee::TeeKind::kProcess};
constexpr Make kInVm{.tee = tee::TeeKind::kVm};
constexpr Make kWithCalls{.tee = tee::TeeKind::kProcess, .call_area_size = 1 << 20};

class Shelf : public ::testing::Test {
 protected:
  // Puts what the shelf wishes for, and yields the holder's end.
  FileDescriptor fill(SpareShelf& shelf) {
    auto pair = SocketPair::create("a pair").value();
    shelf.put(shelf.wish().value(), std::move(pair.ours));
    return std::move(pair.theirs);
  }
  EventLoop loop_ = EventLoop::create().value();
};

TEST_F(Shelf, WantsASpareFromTheLaunchOnThatItWasTold) {
  SpareShelf shelf(1, 2, loop_);
  shelf.note(1, kInProcess, true);
  EXPECT_FALSE(shelf.wish());
  shelf.note(1, kInProcess, true);
  ASSERT_TRUE(shelf.wish());
  EXPECT_EQ(shelf.wish()->image, 1u);
}

TEST_F(Shelf, GivesASpareOnceAndOnlyToItsLike) {
  SpareShelf shelf(4, 1, loop_);
  shelf.note(1, kInProcess, true);
  const FileDescriptor holder = fill(shelf);
  EXPECT_FALSE(shelf.take(2, kInProcess));
  EXPECT_FALSE(shelf.take(1, kInVm));
  EXPECT_FALSE(shelf.take(1, kWithCalls));
  EXPECT_FALSE(shelf.take(1, {.tee = tee::TeeKind::kProcess, .debug = true}));
  EXPECT_TRUE(shelf.take(1, kInProcess));
  EXPECT_FALSE(shelf.take(1, kInProcess));
  EXPECT_TRUE(shelf.wish());
}

TEST_F(Shelf, EndsTheSpareOfTheKindThatWasLaunchedLongestAgo) {
  SpareShelf shelf(2, 1, loop_);
  shelf.note(1, kInProcess, true);
  const FileDescriptor first = fill(shelf);
  shelf.note(1, kInVm, true);
  const FileDescriptor second = fill(shelf);
  shelf.note(1, kInProcess, true);
  shelf.note(1, kWithCalls, true);
  EXPECT_FALSE(is_closed(first.get()));
  EXPECT_TRUE(is_closed(second.get()));
}

TEST_F(Shelf, DoesNotWishForASpareThatDiedOrCannotBeBeforeTheNextLaunch) {
  SpareShelf shelf(1, 1, loop_);
  shelf.note(1, kInProcess, true);
  fill(shelf).reset();
  EXPECT_TRUE(loop_.turn(0).value());
  EXPECT_FALSE(shelf.wish());
  EXPECT_FALSE(shelf.take(1, kInProcess));
  shelf.note(1, kInProcess, true);
  shelf.put(*shelf.wish(), std::nullopt);
  EXPECT_FALSE(shelf.wish());
}

TEST_F(Shelf, DropsWhatNobodyWants) {
  SpareShelf shelf(2, 1, loop_);
  shelf.note(1, kInProcess, true);
  const FileDescriptor first = fill(shelf);
  shelf.note(2, kInProcess, true);
  const FileDescriptor second = fill(shelf);
  shelf.drop_image(1);
  EXPECT_TRUE(is_closed(first.get()));
  EXPECT_FALSE(is_closed(second.get()));
  shelf.note(2, kInProcess, false);
  EXPECT_TRUE(is_closed(second.get()));
}

}  // namespace
}  // namespace strongroom::host
