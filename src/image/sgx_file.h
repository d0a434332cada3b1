// Enclaves that other people's tools made, for SGX: what they are, and whether what they say of themselves
// holds.
//   SGXS stream: the records that are measured, one after the other (fortanix/rust-sgx, "The SGX Stream
//   Format");
//     its SIGSTRUCT is a file of its own.
//   SIGSTRUCT: such a file alone, as Gramine's .sig is; the pages that it signs are not in it.
//   ELF: a shared object that Intel's SDK or Open Enclave signed; the SIGSTRUCT stands in a section of it.
//   What Intel's
//     SDK would load of it is measured (intel_enclave.h).
// Every byte is untrusted. Pure functions, thread safe.
#pragma once

#include <optional>
#include <string>

#include "arch/sigstruct.h"
#include "image/sgx_contents.h"

namespace strongroom::image {

// Fails with kMalformed, naming the offset, where a record is not whole, unknown, or could not be executed by
// a processor (a page outside the enclave, reserved bytes).
Result<SgxContents> read_sgx_stream(ByteView bytes);

enum class SgxFileKind { kStream, kSigstruct, kIntelSdk, kOpenEnclave };
std::string_view to_string(SgxFileKind kind);

struct SgxReport {
  SgxFileKind kind = SgxFileKind::kStream;
  std::optional<SgxContents> contents;        // and the measurement, recomputed; none: see not_measured
  std::string not_measured;                   // why
  std::optional<arch::Sigstruct> sigstruct;   // as found, not checked
  std::optional<arch::SigstructFault> fault;  // of the SIGSTRUCT; none: it holds

  // Whether the SIGSTRUCT is of this enclave, where both are known.
  [[nodiscard]] std::optional<bool> measurement_matches() const;
  // Signed, and the signature holds; and the measurement is as signed, but for enclaves of Open Enclave,
  // whose measurement is not recomputed, and for a SIGSTRUCT alone.
  [[nodiscard]] bool holds() const;
};

// `signature`: the bytes of the SIGSTRUCT's own file, for a stream; else, and where there is none, empty.
// `most_hashed`: bytes, so that no small file that claims to be a large enclave takes more than seconds.
Result<SgxReport> inspect_sgx(ByteView file, ByteView signature, uint64_t most_hashed = uint64_t{4} << 30);

// For people, and as JSON.
std::string to_text(const SgxReport& report);
std::string to_json(const SgxReport& report);

}  // namespace strongroom::image
