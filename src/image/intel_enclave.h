// What Intel's SDK loads of an enclave file that it signed, and so MRENCLAVE: the segments of the shared
// object with the patches of its metadata, then heap, stacks and threads as the metadata's layout table says.
//
// Facts from Intel's SDK for Linux (github.com/intel/linux-sgx): the structures and their versions in
// common/inc/internal/metadata.h, the order of pages in psw/urts/loader.cpp, segments and relocations in
// psw/urts/parser/elfparser.cpp.
#pragma once

#include "image/elf_file.h"
#include "image/sgx_contents.h"

namespace strongroom::image {

// `note`: the contents of the section .note.sgxmeta of `elf`. Of several metadata the first is taken, the
// newest: all describe the same measured pages. Every byte is untrusted: no more than about `most_hashed`
// bytes are hashed.
//
// Fails with kMalformed where the file is not in the SDK's form, and with kUnsupported where the form is not
// covered (metadata older than version 1.3) or there is more to hash.
Result<SgxContents> measure_intel_enclave(const ElfFile& elf, ByteView note, uint64_t most_hashed);

}  // namespace strongroom::image
