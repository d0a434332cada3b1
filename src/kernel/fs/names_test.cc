// Names, links, listings and the boot data, through the system calls that programs make.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "arch/image_header.h"
#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::HostKernel;
using testing::run;

class Names : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(kernel_.started.ok()); }

  static int make(const std::string& path, const std::string& text = "") {
    const int64_t file = run(sys_open, path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
    EXPECT_EQ(run(sys_write, file, text.data(), text.size()), static_cast<int64_t>(text.size()));
    return static_cast<int>(file);
  }
  static std::string read(const std::string& path) {
    const int64_t file = run(sys_open, path.c_str(), O_RDONLY, 0);
    if (file < 0) return "error " + std::to_string(-file);
    std::string text(1000, '\0');
    const int64_t size = run(sys_read, file, text.data(), text.size());
    text.resize(static_cast<size_t>(std::max<int64_t>(size, 0)));
    run(sys_close, file);
    return text;
  }
  static std::set<std::string> list(const std::string& path, size_t buffer_size = 4096) {
    const int64_t file = run(sys_open, path.c_str(), O_RDONLY | O_DIRECTORY, 0);
    std::set<std::string> names;
    std::vector<char> buffer(buffer_size);
    for (int64_t size; (size = run(sys_getdents64, file, buffer.data(), buffer.size())) > 0;) {
      for (int64_t at = 0; at < size;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        EXPECT_TRUE(names.insert(entry->d_name).second) << entry->d_name << " comes twice";
        at += entry->d_reclen;
      }
    }
    run(sys_close, file);
    return names;
  }

 private:
  HostKernel kernel_;
};

TEST_F(Names, TheRootHasWhatProgramsLookFor) {
  EXPECT_EQ(list("/"), (std::set<std::string>{".", "..", "dev", "etc", "proc", "tmp"}));
  EXPECT_EQ(read("/etc/hostname"), "enclave\n");
  EXPECT_EQ(list("/proc/self/fd").count("2"), 1u);
  EXPECT_EQ(run(sys_access, "/dev/tty", 0), -ENOENT);
  EXPECT_EQ(run(sys_access, "/proc/cpuinfo", 0), -ENOENT);
}

TEST_F(Names, ListingInSmallBuffersGivesEachNameOnce) {
  std::set<std::string> expected{".", ".."};
  ASSERT_EQ(run(sys_mkdir, "/tmp/d", 0755), 0);
  for (int index = 0; index < 500; ++index) {
    const std::string name =
        "name" + std::string(static_cast<size_t>(index % 100), 'x') + std::to_string(index);
    run(sys_close, make("/tmp/d/" + name));
    expected.insert(name);
  }
  EXPECT_EQ(list("/tmp/d", 300), expected);
  EXPECT_EQ(list("/tmp/d", 100'000), expected);
}

TEST_F(Names, RenamingOverTheLastLinkFreesTheFile) {
  const size_t before = testing::live_blocks();
  run(sys_close, make("/tmp/a", std::string(100'000, 'a')));
  run(sys_close, make("/tmp/b", "b"));
  EXPECT_EQ(run(sys_rename, "/tmp/b", "/tmp/a"), 0);
  EXPECT_EQ(read("/tmp/a"), "b");
  EXPECT_EQ(run(sys_unlink, "/tmp/a"), 0);
  EXPECT_LE(testing::live_blocks(), before + 1);  // /tmp keeps its buckets
}

TEST_F(Names, AChainOfRemovedDirectoriesIsFreedWithoutRecursion) {
  constexpr int kDepth = 20'000;
  ASSERT_EQ(run(sys_chdir, "/tmp"), 0);
  for (int level = 0; level < kDepth; ++level) {
    ASSERT_EQ(run(sys_mkdir, "d", 0755), 0);
    ASSERT_EQ(run(sys_chdir, "d"), 0);
  }
  // From the deepest, which is the working directory, up: each holds the one above it.
  const int64_t deepest = run(sys_open, ".", O_RDONLY, 0);
  for (int level = 0; level < kDepth; ++level) {
    ASSERT_EQ(run(sys_chdir, ".."), 0);
    ASSERT_EQ(run(sys_rmdir, "d"), 0);
  }
  EXPECT_EQ(run(sys_close, deepest), 0);
}

TEST_F(Names, PathsOfOpenFilesFollowRenames) {
  run(sys_mkdir, "/tmp/d", 0755);
  const int file = make("/tmp/d/f", "x");
  run(sys_rename, "/tmp/d", "/tmp/e");
  char target[100] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  EXPECT_EQ(run(sys_readlink, link.c_str(), target, sizeof(target)), 8);
  EXPECT_STREQ(target, "/tmp/e/f");
  EXPECT_EQ(run(sys_unlink, link.c_str()), -EPERM);
  EXPECT_EQ(run(sys_rename, link.c_str(), "/tmp/x"), -EPERM);
  EXPECT_EQ(run(sys_symlink, "x", "/proc/self/fd/77"), -ENOENT);
}

TEST_F(Names, TheMemoryMapIsReadInPieces) {
  const int64_t file = run(sys_open, "/proc/self/maps", O_RDONLY, 0);
  std::string text;
  char bytes[777];
  for (int64_t size; (size = run(sys_read, file, bytes, sizeof(bytes))) > 0;) {
    text.append(bytes, static_cast<size_t>(size));
  }
  EXPECT_EQ(text.size(), 1000 * sizeof("00400000-00401000 r-xp 00000000 00:00 0 [program]"));
  EXPECT_EQ(text.substr(text.size() - 10), "[program]\n");
}

// Boot data as the image builder writes it.
class BootData {
 public:
  BootData& add(arch::BootRecordKind kind, std::string_view name, std::string_view content = "",
                uint32_t mode = 0644) {
    const arch::BootRecord record{kind, mode, name.size(), content.size()};
    append(&record, sizeof(record));
    append(name.data(), name.size());
    bytes_.push_back(0);
    append(content.data(), content.size());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return *this;
  }
  Result<void> mount(size_t size) const { return mount_boot_data(bytes_.data(), size); }
  Result<void> mount() const { return mount(bytes_.size()); }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

 private:
  void append(const void* from, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
  }
  std::vector<uint8_t> bytes_;
};

using enum arch::BootRecordKind;

TEST_F(Names, BootDataBecomesFiles) {
  BootData data;
  data.add(kArgument, "/app/program").add(kArgument, "second").add(kEnvironment, "A=b");
  data.add(kDirectory, "/data", "", 0700).add(kFile, "/data/model", std::string(10'000, 'm'), 0600);
  data.add(kFile, "/deep/er/file", "deep")
      .add(kSymlink, "/link", "/data/model")
      .add(kFile, "/etc/hostname", "mine");
  data.add(kEnd, "");
  const size_t before = testing::live_blocks();
  ASSERT_TRUE(data.mount().ok());
  EXPECT_LT(testing::live_blocks() - before, 30u);
  EXPECT_EQ(read("/link"), std::string(1000, 'm'));
  EXPECT_EQ(read("/deep/er/file"), "deep");
  EXPECT_EQ(read("/etc/hostname"), "mine");
  char target[100] = {};
  EXPECT_EQ(run(sys_readlink, "/proc/self/exe", target, sizeof(target)), 12);
  struct stat status {};
  EXPECT_EQ(run(sys_stat, "/data", &status), 0);
  EXPECT_EQ(status.st_mode, S_IFDIR | 0700u);
  EXPECT_EQ(run(sys_stat, "/data/model", &status), 0);
  EXPECT_EQ(status.st_size, 10'000);
  // A program may write over what was measured, in its own copy.
  const int64_t file = run(sys_open, "/data/model", O_RDWR, 0);
  EXPECT_EQ(run(sys_pwrite64, file, "XX", 2, 5), 2);
  EXPECT_EQ(read("/data/model").substr(0, 8), "mmmmmXXm");
}

TEST_F(Names, BootDataThatEndsEarlyIsRefused) {
  BootData data;
  data.add(kFile, "/f", "content").add(kEnd, "");
  for (size_t size = 1; size < data.size() - 32; ++size) EXPECT_FALSE(data.mount(size).ok()) << size;
  EXPECT_TRUE(data.mount().ok());
}

}  // namespace
}  // namespace strongroom::kernel
