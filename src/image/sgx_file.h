// Enclaves that other people's tools made, for SGX: what they are, and whether what they say of themselves
// holds.
//   SGXS stream: the records that are measured, one after the other (fortanix/rust-sgx, "The SGX Stream
//   Format");
//     its SIGSTRUCT is a file of its own.
//   ELF: a shared object that Intel's SDK or Open Enclave signed; the SIGSTRUCT stands in a section of it.
// Every byte is untrusted. Pure functions, thread safe.
#pragma once

#include <optional>
#include <string>

#include "arch/sigstruct.h"

namespace strongroom::image {

// What a stream says, read to its end.
struct SgxStream {
  uint64_t enclave_size = 0;
  uint32_t ssa_frame_pages = 0;
  uint64_t pages = 0;
  uint64_t tcs_pages = 0;
  uint64_t measured_bytes = 0;
  uint64_t unmeasured_bytes = 0;
  arch::Measurement measurement{};  // MRENCLAVE
};

// Fails with kMalformed, naming the offset, where a record is not whole, unknown, or could not be executed by
// a processor (a page outside the enclave, reserved bytes).
Result<SgxStream> read_sgx_stream(ByteView bytes);

enum class SgxFileKind { kStream, kIntelSdk, kOpenEnclave };
std::string_view to_string(SgxFileKind kind);

struct SgxReport {
  SgxFileKind kind = SgxFileKind::kStream;
  std::optional<SgxStream> stream;            // of a stream; the measurement of an ELF is not recomputed
  std::optional<arch::Sigstruct> sigstruct;   // as found, not checked
  std::optional<arch::SigstructFault> fault;  // of the SIGSTRUCT; none: it holds

  // Whether the SIGSTRUCT is of this enclave, where both are known.
  [[nodiscard]] std::optional<bool> measurement_matches() const;
  // Whether nothing was found wrong: signed, the signature holds, and the measurement where it is known.
  [[nodiscard]] bool holds() const;
};

// `signature`: the bytes of the SIGSTRUCT's own file, empty where there is none.
Result<SgxReport> inspect_sgx(ByteView file, ByteView signature);

// For people, and as JSON.
std::string to_text(const SgxReport& report);
std::string to_json(const SgxReport& report);

}  // namespace strongroom::image
