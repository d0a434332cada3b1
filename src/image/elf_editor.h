// Changes fields of an ELF file, to make broken ones for tests.
#pragma once

#include "image/elf_file.h"

namespace strongroom::image {

class ElfEditor {
 public:
  explicit ElfEditor(Bytes file) : file_(std::move(file)) {}

  // `change` takes an Elf64_Ehdr&.
  template <typename Change>
  ElfEditor& header(Change change) {
    return edit<Elf64_Ehdr>(0, change);
  }
  // `change` takes an Elf64_Phdr&, that of the `which`-th segment of type `type`.
  template <typename Change>
  ElfEditor& segment(uint32_t type, size_t which, Change change) {
    const auto elf = at<Elf64_Ehdr>(0);
    for (size_t i = 0; i < elf.e_phnum; ++i) {
      const size_t position = elf.e_phoff + i * sizeof(Elf64_Phdr);
      if (at<Elf64_Phdr>(position).p_type == type && which-- == 0) edit<Elf64_Phdr>(position, change);
    }
    return *this;
  }
  // `change` takes an Elf64_Shdr&, that of the first section of type `type`.
  template <typename Change>
  ElfEditor& section(uint32_t type, Change change) {
    const auto elf = at<Elf64_Ehdr>(0);
    for (size_t i = 0; i < elf.e_shnum; ++i) {
      const size_t position = elf.e_shoff + i * sizeof(Elf64_Shdr);
      if (at<Elf64_Shdr>(position).sh_type == type) return edit<Elf64_Shdr>(position, change);
    }
    return *this;
  }
  // `change` takes a T& that stands at `position` in the file.
  template <typename T, typename Change>
  ElfEditor& edit(size_t position, Change change) {
    T object = at<T>(position);
    change(object);
    std::memcpy(file_.data() + position, &object, sizeof object);
    return *this;
  }
  template <typename T>
  [[nodiscard]] T at(size_t position) const {
    T object;
    std::memcpy(&object, file_.data() + position, sizeof object);
    return object;
  }

  [[nodiscard]] const Bytes& bytes() const { return file_; }

 private:
  Bytes file_;
};

}  // namespace strongroom::image
