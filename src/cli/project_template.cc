#include "cli/project_template.h"

#include "edge/names.h"

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
    build/@NAME@ < README.md                  # as an ordinary program
    strongroom run --allow-unsigned build/@NAME@.enclave < README.md   # in an enclave
    strongroom inspect build/@NAME@.enclave   # its identity

Once signed, it runs without `--allow-unsigned`; keep the key secret:

    strongroom key new signer.pem
    strongroom sign build/@NAME@.enclave --key signer.pem
    strongroom run build/@NAME@.enclave < README.md
)";

constexpr std::string_view kInterface =
    R"(// What may cross the boundary between the application and its enclave: docs/edl.md of Strongroom.
enclave {
  trusted {
    // In the enclave, for the application to call.
    public uint64_t count([in, count=size] const uint8_t* text, size_t size, uint8_t byte);
  };
  untrusted {
    // In the application, for the enclave to call.
    void print([in, string] const char* line);
  };
};
)";

constexpr std::string_view kEnclave = R"(// The trusted part of @NAME@.
#include <strongroom/enclave.h>

#include <algorithm>

#include "@SPACE@_enclave.h"

// `text` is a private copy: the host cannot change it any more.
uint64_t @SPACE@::ecall::count(std::span<const uint8_t> text, uint8_t byte) {
  (void)@SPACE@::host::print("the enclave counts");
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), byte));
}

int main() {
  return strongroom::enclave::run(@SPACE@::serve);
}
)";

constexpr std::string_view kHost = R"(// The application: launches the enclave and calls it.
#include <strongroom/host.h>

#include <iostream>
#include <string>

#include "@SPACE@_host.h"

class Functions : public @SPACE@::HostFunctions {
 public:
  void print(std::string_view line) override { std::cout << line << "\n"; }
};

int main(int argc, char** argv) {
  const auto image = strongroom::host::Image::open(argc > 1 ? argv[1] : "build/@NAME@_enclave.enclave");
  if (!image) return std::cerr << image.error().message << "\n", 1;
  Functions functions;
  strongroom::host::LaunchOptions options;
  options.allow_unsigned = true;  // remove it when the image is signed
  auto enclave = @SPACE@::Enclave::launch(*image, functions, options);
  if (!enclave) return std::cerr << enclave.error().message << "\n", 1;

  const std::string text = "hello from @NAME@";
  const auto count = enclave->count({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, 'l');
  if (!count) return std::cerr << count.error().message << "\n", 1;
  std::cout << "found " << *count << "\n";
  return (*enclave)->stop() ? 0 : 1;
}
)";

constexpr std::string_view kPartitionedCMakeLists = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)

find_package(Strongroom REQUIRED)

# The trusted part. Makes @NAME@_enclave.enclave; with KEY signer.pem it is signed, too.
add_executable(@NAME@_enclave enclave.cc)
strongroom_add_enclave(@NAME@_enclave EDL @SPACE@.edl MANIFEST strongroom.toml)

# The application.
add_executable(@NAME@ host.cc)
target_link_libraries(@NAME@ @NAME@_enclave_host)
)";

constexpr std::string_view kPartitionedReadme = R"(# @NAME@

An application (`host.cc`) and its enclave (`enclave.cc`), which call each other as `@SPACE@.edl` says.

    cmake -B build && cmake --build build
    build/@NAME@

To sign the enclave: `strongroom key new signer.pem`, keep that file secret, and add `KEY signer.pem` to `CMakeLists.txt`.
)";

std::string replaced(std::string_view text, std::string_view place, std::string_view by) {
  std::string out;
  while (true) {
    const size_t at = text.find(place);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += by;
    text.remove_prefix(at + place.size());
  }
}

// The project's name as a namespace.
std::string space_of(std::string_view name) {
  std::string out = name.front() >= '0' && name.front() <= '9' ? "_" : "";
  for (const char c : name) out += c == '-' ? '_' : c;
  if (edl::is_reserved(out)) out += '_';
  return out;
}

std::string filled(std::string_view text, std::string_view name) {
  return replaced(replaced(text, "@NAME@", name), "@SPACE@", space_of(name));
}

}  // namespace

std::vector<ProjectFile> project_files(std::string_view name) {
  return {{"main.cc", filled(kMain, name)},
          {"strongroom.toml", filled(kManifest, name)},
          {"CMakeLists.txt", filled(kCMakeLists, name)},
          {"README.md", filled(kReadme, name)},
          {".gitignore", "/build/\n*.pem\n"}};
}

std::vector<ProjectFile> partitioned_project_files(std::string_view name) {
  return {{space_of(name) + ".edl", filled(kInterface, name)},
          {"enclave.cc", filled(kEnclave, name)},
          {"host.cc", filled(kHost, name)},
          {"strongroom.toml", filled(kManifest, std::string(name) + "_enclave")},
          {"CMakeLists.txt", filled(kPartitionedCMakeLists, name)},
          {"README.md", filled(kPartitionedReadme, name)},
          {".gitignore", "/build/\n*.pem\n"}};
}

}  // namespace strongroom::cli
