// What in an image's program traps in some TEE: system calls that were not rewritten, and instructions that
// SGX forbids. Found by decoding the image itself, so the report holds for what will run.
#pragma once

#include <map>
#include <string>

#include "image/image_file.h"

namespace strongroom::image {

struct CodeSite {
  uint64_t offset = 0;   // in the enclave
  std::string function;  // empty where no symbol is near
  uint64_t function_offset = 0;
  bool certain = false;  // the bytes belong to a function; false: found between functions, may be data
};

struct SiteReport {
  size_t rewritten_syscalls = 0;  // jumps into the gates, by where the gate leads
  size_t rewritten_cpuids = 0;
  std::vector<CodeSite> trapping_syscalls;  // `syscall` instructions that are left
  std::map<std::string, std::vector<CodeSite>>
      others;  // by mnemonic; cpuid, rdtsc and rdtscp are always there
};

Result<SiteReport> find_sites(const ImageView& image);

}  // namespace strongroom::image
