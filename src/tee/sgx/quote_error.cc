// quote3_error_t (sgx_ql_lib_common.h of Intel's DCAP, and the table of its API's documentation), for people.
#include <fmt/format.h>

#include <algorithm>

#include "tee/sgx/quote_library.h"

namespace strongroom::tee::sgx {
namespace {

struct Meaning {
  uint32_t first, last;  // codes
  ErrorCode code;
  const char* why;
  const char* remedy;
};

constexpr Meaning kMeanings[] = {
    {0xe002, 0xe002, ErrorCode::kInvalidArgument, "it takes none of these arguments",
     "the library may be of another version than this program knows"},
    {0xe003, 0xe003, ErrorCode::kResourceExhausted, "there is no memory for it", "free some memory"},
    {0xe004, 0xe00a, ErrorCode::kInternal, "the attestation key that it keeps is of no use to it",
     "remove the key it keeps (~/.dcap-qcnl, or aesmd's data/ecdsa_data_blob), and ask again"},
    {0xe00b, 0xe00c, ErrorCode::kUnsupported, "it does not do what is asked of it",
     "install a newer libsgx-dcap-ql"},
    {0xe00d, 0xe00d, ErrorCode::kUnavailable, "it cannot reach the quoting enclave",
     "start aesmd, or add this user to the group `sgx_prv` (for /dev/sgx_provision)"},
    {0xe00e, 0xe00e, ErrorCode::kUnavailable, "it finds no provider of the platform's certificates",
     "install libsgx-dcap-default-qpl"},
    {0xe00f, 0xe00f, ErrorCode::kUnavailable, "the attestation key is not certified, or no longer",
     "ask again"},
    {0xe010, 0xe011, ErrorCode::kUnavailable, "there is no certificate for this platform",
     "register the platform, and set the caching service (PCCS) in /etc/sgx_default_qcnl.conf"},
    {0xe012, 0xe012, ErrorCode::kResourceExhausted,
     "the processor's protected memory (EPC) is too full for the quoting enclave", "end other enclaves"},
    {0xe013, 0xe013, ErrorCode::kVerificationFailed, "the report is none of this platform", ""},
    {0xe014, 0xe014, ErrorCode::kUnavailable, "the quoting enclave was lost when the machine slept",
     "ask again"},
    {0xe015, 0xe015, ErrorCode::kVerificationFailed, "the report is none of this platform", ""},
    {0xe016, 0xe016, ErrorCode::kUnavailable, "the quoting enclave cannot be loaded",
     "install libsgx-ae-qe3, libsgx-ae-id-enclave and libsgx-ae-pce, and add this user to the group "
     "`sgx_prv` (for /dev/sgx_provision)"},
    {0xe017, 0xe017, ErrorCode::kUnsupported, "the quoting enclave does not do what is asked of it",
     "install a newer libsgx-ae-qe3"},
    {0xe018, 0xe018, ErrorCode::kUnavailable, "the platform's certificate is for a later version than it has",
     "update the processor's microcode and the firmware"},
    {0xe019, 0xe01a, ErrorCode::kUnavailable, "the service of the platform's certificates does not answer",
     "see that the caching service (PCCS) of /etc/sgx_default_qcnl.conf runs and can be reached"},
};

}  // namespace

Error explain_quote_error(uint32_t code, std::string_view doing) {
  const auto* const found =
      std::find_if(std::begin(kMeanings), std::end(kMeanings),
                   [code](const Meaning& one) { return one.first <= code && code <= one.last; });
  if (found == std::end(kMeanings))
    return {ErrorCode::kInternal,
            fmt::format("{}: the quote library gives error {:#x}; its own messages, or aesmd's, may say why",
                        doing, code)};
  const std::string remedy = *found->remedy == '\0' ? "" : fmt::format("; {}", found->remedy);
  return {found->code, fmt::format("{}: {} (error {:#x}){}", doing, found->why, code, remedy)};
}

}  // namespace strongroom::tee::sgx
