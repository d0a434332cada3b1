// The ELF header of the shared objects that tests of signed enclaves make.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>

namespace strongroom::image {

// Program headers follow this header at once; the names of the sections are the section 1.
inline Elf64_Ehdr shared_object_header(uint16_t segments, uint16_t sections, uint64_t sections_at) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phoff = sizeof(header);
  header.e_phnum = segments;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shoff = sections_at;
  header.e_shnum = sections;
  header.e_shstrndx = 1;
  return header;
}

}  // namespace strongroom::image
