// The manifest, strongroom.toml: which program goes into the enclave, with what memory, arguments and files.
//
//   [enclave]
//   program = "train"                  # a static-pie program; relative to the manifest. Required.
//   name = "train"                     # default: the program's file name
//   product_id = 0                     # 0..65535; sealing and policies tell a signer's products apart by it
//   svn = 0                            # 0..65535; raise it when an older version must no longer be trusted
//   debug = false                      # true: debuggers may read the enclave; never for production
//   family_id = "00..."                # 32 hexadecimal digits (KSS ISVFAMILYID); optional
//   extended_product_id = "00..."      # 32 hexadecimal digits (KSS ISVEXTPRODID); optional
//
//   [memory]                           # sizes: bytes, or "64 KiB", "64 MiB", "1 GiB"; whole pages
//   heap_size = "64 MiB"               # most memory that heap, mappings and stacks may hold at a time
//   stack_size = "8 MiB"               # of main(), as Linux gives it
//   thread_stack_size = "1 MiB"        # of further threads; includes their thread_local variables
//   threads = 16                       # most threads at a time, main() included; each costs 44 KiB
//   enclave_size = "1 GiB"             # address space; default: the least power of two that has room for all
//                                      # of the above and for malloc's arenas, at least 1 GiB
//
//   [sgx]
//   edmm = true                        # false: memory does not change while the enclave runs, as SGX1 wants
//   it;
//                                      # all of it is then in the image, and so in its identity
//   aex_notify = false                 # true: only for processors with AEX-Notify; a handler in the enclave
//                                      # follows each interrupt, against hosts that single-step
//
//   [run]
//   arguments = ["--fold", "5"]        # argv[1..]; argv[0] is the name. Measured.
//   environment = { LANG = "C" }       # Measured; the host's environment stays outside.
//   insecure_host_arguments = false    # true: the host may append arguments
//   insecure_host_environment = []     # names of variables that the host may set
//
//   [[file]]                           # a measured file of the enclave's own file system; any number
//   path = "/data/train.csv"           # absolute, in the enclave
//   source = "data/train.csv"          # relative to the manifest
//   mode = "0644"                      # default 0644; an octal string
//   [[directory]]                      # parents of files are made without being named
//   path = "/tmp"
//   mode = "0755"
//   [[symlink]]
//   path = "/data/latest"
//   target = "train.csv"
//
// Every key that weakens a guarantee begins with `insecure_`; `debug` alone has its own name, the field's.
// A key that is not listed here is an error.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace strongroom::image {

using KssId = std::array<uint8_t, 16>;

struct ManifestFile {
  std::string path;
  std::filesystem::path source;  // resolved against the manifest's directory
  uint32_t mode = 0644;
};

struct ManifestDirectory {
  std::string path;
  uint32_t mode = 0755;
};

struct ManifestSymlink {
  std::string path;
  std::string target;
};

// Sizes are bytes and multiples of 4096.
struct Manifest {
  std::string name;
  std::filesystem::path program;  // resolved against the manifest's directory
  uint16_t product_id = 0;
  uint16_t svn = 0;
  bool debug = false;
  std::optional<KssId> family_id;
  std::optional<KssId> extended_product_id;

  uint64_t heap_size = uint64_t{64} << 20;
  uint64_t stack_size = uint64_t{8} << 20;
  uint64_t thread_stack_size = uint64_t{1} << 20;
  uint32_t threads = 16;
  uint64_t enclave_size = 0;  // 0: the builder chooses
  bool sgx_edmm = true;
  bool sgx_aex_notify = false;

  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // sorted by name
  bool insecure_host_arguments = false;
  std::vector<std::string> insecure_host_environment;  // sorted

  std::vector<ManifestFile> files;  // all three sorted by path
  std::vector<ManifestDirectory> directories;
  std::vector<ManifestSymlink> symlinks;
};

// Parses the text of a manifest. `directory` is where relative paths start; `file_name` begins each error:
// "strongroom.toml:7:1: unknown key `heap_szie` in [memory]; did you mean `heap_size`?". Sources are not
// opened.
Result<Manifest> parse_manifest(std::string_view text, std::string_view file_name,
                                const std::filesystem::path& directory);

// Reads and parses the manifest at `path`.
Result<Manifest> read_manifest(const std::filesystem::path& path);

// The manifest that `strongroom run PROGRAM` and `build PROGRAM` use: every default.
Manifest default_manifest(const std::filesystem::path& program);

// What is wrong with the values themselves, whoever set them: a size of zero, a path that is not absolute, a
// name twice. parse_manifest() and the builder call it.
Result<void> check_manifest(const Manifest& manifest);

// One file of the enclave's file system as it was measured.
struct MeasuredContent {
  std::string sha256;  // hexadecimal
  uint64_t size = 0;
};

// The canonical text: TOML with every effective value, defaults included, in a fixed order. It names contents
// by digest and never a path of the building machine, so equal inputs give equal text everywhere. `files`
// stands beside manifest.files.
std::string canonical_manifest(const Manifest& manifest, const MeasuredContent& program,
                               const MeasuredContent& kernel, const std::vector<MeasuredContent>& files,
                               uint64_t enclave_size);

// What a canonical text says about identity, for signing and inspection.
struct ManifestIdentity {
  std::string name;
  uint16_t product_id = 0;
  uint16_t svn = 0;
  bool debug = false;
  std::optional<KssId> family_id;
  std::optional<KssId> extended_product_id;
  // Every key that weakens a guarantee and is set, with its value as TOML, sorted by key.
  std::vector<std::pair<std::string, std::string>> insecure;
};
// Reads a canonical text, which is untrusted here: any text gives an identity or an error.
Result<ManifestIdentity> read_canonical_manifest(std::string_view text);

}  // namespace strongroom::image
