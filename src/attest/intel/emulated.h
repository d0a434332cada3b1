// What marks a quote as one of Strongroom's SGX emulator (emulator/sgx/quote), which proves nothing: so that
// it never passes for hardware, whatever root the caller trusts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace strongroom::attest::intel {

// In place of Intel's QE vendor id.
inline constexpr std::array<uint8_t, 16> kEmulatorVendorId = {'S', 'G', 'X', ' ', 'E', 'M', 'U', 'L',
                                                              'A', 'T', 'O', 'R', ' ', 'T', 'E', 'S'};
// Claims::tee of such a quote.
inline constexpr std::string_view kEmulatedTee = "sgx-emulator";
// In place of the authority and the signer whose names Intel's rules demand. Their root is none that is
// pinned.
inline constexpr std::string_view kEmulatedRootCa = "Strongroom SGX emulator TEST root, protects nothing";
inline constexpr std::string_view kEmulatedPlatformCa = "Strongroom SGX emulator TEST PCK Platform CA";
inline constexpr std::string_view kEmulatedPck = "Strongroom SGX emulator TEST PCK Certificate";
inline constexpr std::string_view kEmulatedTcbSigner = "Strongroom SGX emulator TEST TCB Signing";

}  // namespace strongroom::attest::intel
