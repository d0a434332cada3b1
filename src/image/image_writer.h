// Writes the image file from its parts; the counterpart of image_file.h.
#pragma once

#include <string>

#include "arch/image_header.h"
#include "image/elf_file.h"

namespace strongroom::image {

struct SegmentPart {
  std::string section;   // the name of its section, for instance ".program.text"
  uint64_t offset;       // in the enclave; whole pages
  uint64_t memory_size;  // whole pages
  Bytes contents;        // at most memory_size; the writer fills up to whole pages
  uint32_t protection;   // arch::Protection
  uint32_t flags = 0;    // arch::kSegmentTcs, arch::kSegmentUnmeasured
};

struct SymbolPart {
  std::string_view name;
  uint64_t offset;  // in the enclave
  uint64_t size;
  uint8_t type;     // STT_*
  uint8_t binding;  // STB_*
};

struct ImageParts {
  std::vector<SegmentPart>
      segments;  // ascending; the first is the header page, whose frame digest is filled in
  std::vector<SymbolPart> symbols;  // in any order; those in no segment are left out
  std::string manifest;
  uint64_t entry;
};

// The bytes of the unsigned image; a function of `parts` alone.
Bytes write_image(ImageParts parts);

}  // namespace strongroom::image
