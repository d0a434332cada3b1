// The Provisioning Certification Key certificate of a platform, and Intel's extensions in it.
// Intel SGX PCK Certificate and CRL Profile Specification, section 1.3.5.
#pragma once

#include <array>

#include "attest/intel/tcb_info.h"
#include "crypto/certificate.h"

namespace strongroom::attest::intel {

inline constexpr std::string_view kSgxExtensionsOid = "1.2.840.113741.1.13.1";

struct PckExtensions {
  std::array<uint8_t, 16> ppid{};
  ComponentSvns component_svns{};
  uint16_t pce_svn = 0;
  std::array<uint8_t, 16> cpu_svn{};
  std::array<uint8_t, 2> pce_id{};
  std::array<uint8_t, 6> fmspc{};
  uint64_t sgx_type = 0;  // 0 standard, 1 scalable, 2 scalable with integrity
  std::optional<std::array<uint8_t, 16>> platform_instance_id;
  std::optional<bool> dynamic_platform, cached_keys, smt_enabled;
};

// The value of extension 1.2.840.113741.1.13.1. Each part once, those of the profile that are not optional
// present; unknown parts are passed over.
Result<PckExtensions> parse_pck_extensions(ByteView extension);

// It has Intel's extension and is no authority.
bool is_pck_certificate(const crypto::Certificate& certificate);

}  // namespace strongroom::attest::intel
