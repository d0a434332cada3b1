#include "session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "image/image_builder.h"

namespace strongroom::gdb_test {
namespace {

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string out;
  char piece[4096];
  while (const size_t count = fread(piece, 1, sizeof piece, pipe)) out.append(piece, count);
  pclose(pipe);
  return out;
}

}  // namespace

std::string missing(host::Tee tee) {
  if (output_of("gdb -nx -batch -ex 'python print(6 * 7)' 2>&1").find("42") == std::string::npos)
    return "gdb with Python is not installed";
  if (auto available = host::check_available(tee); !available) return available.error().message;
  return "";
}

GuestImage::GuestImage(const std::string& argument, bool debug) {
  std::string name = (std::filesystem::temp_directory_path() / "strongroom-gdb-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create a directory");
  directory_ = name;
  path_ = directory_ / "guest.enclave";
  image::Manifest manifest = image::default_manifest(STRONGROOM_GDB_GUEST);
  manifest.debug = debug;
  manifest.arguments = {argument};
  const auto built = image::build_image(manifest, STRONGROOM_KERNEL);
  if (!built) throw std::runtime_error(built.error().message);
  FILE* file = fopen(path_.c_str(), "wb");
  const bool written =
      file != nullptr && fwrite(built->file.data(), 1, built->file.size(), file) == built->file.size();
  if (file == nullptr || fclose(file) != 0 || !written) throw std::runtime_error("cannot write the image");
  auto image = host::Image::open(path_);
  if (!image) throw std::runtime_error(image.error().message);
  image_ = *image;
}

GuestImage::~GuestImage() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

host::LaunchOptions options(bool debug, host::Tee tee) {
  static const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  host::LaunchOptions out;
  out.tee = tee;
  out.debug = debug;
  out.allow_unsigned = true;
  out.standard_input = out.standard_output = out.standard_error = nothing;
  return out;
}

void wait_until_inside(int process) {
  for (int i = 0; i < 10000; ++i) {
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    const std::string text{std::istreambuf_iterator<char>(maps), {}};
    if (!text.empty() && text.find("strongroom-keeper") == std::string::npos) return;
    usleep(2000);
  }
  ADD_FAILURE() << "the enclave does not start";
}

std::string run_gdb(int process, const std::filesystem::path& image,
                    const std::vector<std::string>& commands) {
  const std::filesystem::path file = image.parent_path() / "commands";
  std::string text = "set pagination off\nset style enabled off\nset width 0\nset debuginfod enabled off\n";
  // Wherever the guest was compiled: a compiler's cache may have its object from another copy of the tree.
  text += "directory " STRONGROOM_GDB_SOURCES "\n";
  text += "source " STRONGROOM_GDB_SCRIPT "\n";
  for (const std::string& command : commands) text += command + "\n";
  text = replace_all(text, "@PID", std::to_string(process));
  text = replace_all(text, "@IMAGE", image.string());
  text = replace_all(text, "@PROGRAM", STRONGROOM_GDB_GUEST);
  FILE* out = fopen(file.c_str(), "w");
  if (out == nullptr) return "cannot write the commands";
  fputs(text.c_str(), out);
  fclose(out);
  return output_of("timeout -k 5 120 gdb -nx -batch -x " + file.string() + " < /dev/null 2>&1");
}

}  // namespace strongroom::gdb_test
