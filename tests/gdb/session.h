// An enclave of the guest program, and gdb on it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "strongroom/host.h"

namespace strongroom::gdb_test {

// Why the tests cannot run here; empty where they can.
std::string missing(host::Tee tee);

// The image of the guest program with one argument. Written anew each time, in a directory of its own.
class GuestImage {
 public:
  GuestImage(const std::string& argument, bool debug);
  ~GuestImage();
  GuestImage(const GuestImage&) = delete;
  GuestImage& operator=(const GuestImage&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const host::Image& image() const { return *image_; }

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
  std::optional<host::Image> image_;
};

// Options for an unsigned image whose output nobody reads.
host::LaunchOptions options(bool debug, host::Tee tee);

// In `process`: until the keeper's code is gone from the process: from then on it holds nothing but the
// enclave.
void wait_until_inside(int process);

// Runs gdb in batch mode. @PID, @IMAGE and @PROGRAM stand for what their names say. Yields all that gdb
// printed. The first command that fails is the last.
std::string run_gdb(int process, const std::filesystem::path& image,
                    const std::vector<std::string>& commands);

}  // namespace strongroom::gdb_test
