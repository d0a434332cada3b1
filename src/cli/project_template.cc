#include "cli/project_template.h"

namespace strongroom::cli {
namespace {

constexpr std::string_view kMain = R"(// An ordinary program. It runs as it is, and unchanged in an enclave.
#include <iostream>
#include <string>

int main() {
  std::cout << "hello from @NAME@\n";
  for (std::string line; std::getline(std::cin, line);) std::cout << "read " << line.size() << " bytes\n";
}
)";

constexpr std::string_view kManifest =
    R"(# What the enclave is made of; all of it is measured. Every key: docs/manifest.md of Strongroom.
[enclave]
name = "@NAME@"
program = "build/@NAME@"
product_id = 1
svn = 1

[memory]
heap_size = "64 MiB"
threads = 16
)";

constexpr std::string_view kCMakeLists = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)

find_package(Strongroom REQUIRED)

add_executable(@NAME@ main.cc)
# Builds @NAME@.enclave beside the program. With KEY signer.pem it is signed, too.
strongroom_add_enclave(@NAME@ MANIFEST strongroom.toml)
)";

constexpr std::string_view kReadme = R"(# @NAME@

    cmake -B build && cmake --build build
    build/@NAME@                              # as an ordinary program
    strongroom run build/@NAME@.enclave       # in an enclave
    strongroom inspect build/@NAME@.enclave   # its identity

To sign it: `strongroom key new signer.pem`, keep that file secret, and `strongroom sign build/@NAME@.enclave --key signer.pem`.
)";

std::string filled(std::string_view text, std::string_view name) {
  constexpr std::string_view kPlace = "@NAME@";
  std::string out;
  while (true) {
    const size_t at = text.find(kPlace);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += name;
    text.remove_prefix(at + kPlace.size());
  }
}

}  // namespace

std::vector<ProjectFile> project_files(std::string_view name) {
  return {{"main.cc", filled(kMain, name)},
          {"strongroom.toml", filled(kManifest, name)},
          {"CMakeLists.txt", filled(kCMakeLists, name)},
          {"README.md", filled(kReadme, name)},
          {".gitignore", "/build/\n*.pem\n"}};
}

}  // namespace strongroom::cli
