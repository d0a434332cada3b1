// std::filesystem.
#include <algorithm>
#include <chrono>
#include <fstream>

#include "check.h"

namespace fs = std::filesystem;

CASE(directories_are_made_listed_and_removed) {
  CHECK(fs::create_directories("a/b/c"));
  CHECK(!fs::create_directory("a"));
  for (const char* name : {"a/1", "a/b/2", "a/b/c/3"}) std::ofstream(name) << name;
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator("a")) {
    if (entry.is_regular_file()) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  CHECK(found == (std::vector<std::string>{"a/1", "a/b/2", "a/b/c/3"}));
  CHECK_EQ(fs::remove_all("a"), 6u);
  CHECK(!fs::exists("a"));
}

CASE(files_are_copied_whole_and_in_trees) {
  std::ofstream("f") << std::string(100'000, 'x');
  CHECK(fs::copy_file("f", "g"));
  CHECK_EQ(fs::file_size("g"), 100'000u);
  std::error_code error;
  CHECK(!fs::copy_file("f", "g", error));
  CHECK(error == std::errc::file_exists);
  CHECK(fs::copy_file("f", "g", fs::copy_options::overwrite_existing));
  fs::create_directories("t/u");
  std::ofstream("t/u/v") << "v";
  fs::copy("t", "w", fs::copy_options::recursive);
  CHECK_EQ(read_file("w/u/v"), "v");
}

CASE(paths_are_resolved) {
  fs::create_directory("d");
  std::ofstream("d/f") << "x";
  fs::create_symlink("d/f", "s");
  fs::create_directory_symlink("d", "t");
  CHECK_EQ(fs::read_symlink("s"), "d/f");
  CHECK_EQ(fs::canonical("t/../s"), fs::current_path() / "d/f");
  CHECK(fs::equivalent("s", "t/f"));
  CHECK(fs::is_symlink("t") && fs::is_directory("t"));
  CHECK_EQ(fs::relative(fs::current_path() / "d/f"), "d/f");
  CHECK_EQ(fs::weakly_canonical("d/no/../x"), fs::current_path() / "d/x");
}

CASE(names_change_and_counts_follow) {
  std::ofstream("f") << "x";
  fs::create_hard_link("f", "g");
  CHECK_EQ(fs::hard_link_count("f"), 2u);
  fs::rename("f", "h");
  CHECK(!fs::exists("f") && fs::exists("h"));
  CHECK(fs::remove("h") && !fs::remove("h"));
  CHECK_EQ(fs::hard_link_count("g"), 1u);
}

CASE(sizes_times_and_permissions_change) {
  std::ofstream("f") << "hello";
  fs::resize_file("f", 2);
  CHECK_EQ(read_file("f"), "he");
  const auto past = fs::file_time_type::clock::now() - std::chrono::hours(48);
  fs::last_write_time("f", past);
  CHECK(fs::last_write_time("f") - past < std::chrono::milliseconds(1));
  fs::permissions("f", fs::perms::owner_read);
  CHECK(fs::status("f").permissions() == fs::perms::owner_read);
  fs::permissions("f", fs::perms::owner_write, fs::perm_options::add);
  CHECK(fs::status("f").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

CASE(the_current_path_and_space_are_known) {
  const fs::path before = fs::current_path();
  fs::create_directory("d");
  fs::current_path("d");
  CHECK_EQ(fs::current_path(), before / "d");
  const fs::space_info space = fs::space(".");
  CHECK(space.capacity > 0 && space.available <= space.capacity);
  CHECK(fs::is_directory(fs::temp_directory_path()));
}

CASE(errors_are_thrown_or_given) {
  std::error_code error;
  CHECK(!fs::exists("no", error));
  CHECK(fs::file_size("no", error) == static_cast<uintmax_t>(-1));
  CHECK(error == std::errc::no_such_file_or_directory);
  bool thrown = false;
  try {
    fs::remove("d/no/such/../..");
    fs::create_directory("no/d");
  } catch (const fs::filesystem_error& failure) {
    thrown = failure.code() == std::errc::no_such_file_or_directory;
  }
  CHECK(thrown);
}
