// SGX's instructions: the leaves of ENCLS and ENCLU, and the codes with which they fail. Freestanding.
// Intel SDM volume 3D, chapter "SGX Instruction References", tables "Register Usage of Privileged Enclave
// Instruction Leaf Functions", "Register Usage of Unprivileged Enclave Instruction Leaf Functions" and "Error
// or Information Codes for Intel SGX Instructions".
#pragma once

#include <cstdint>

namespace strongroom::arch {

enum class Encls : uint32_t {
  kEcreate = 0x0,
  kEadd = 0x1,
  kEinit = 0x2,
  kEremove = 0x3,
  kEdbgrd = 0x4,
  kEdbgwr = 0x5,
  kEextend = 0x6,
  kEldb = 0x7,
  kEldu = 0x8,
  kEblock = 0x9,
  kEpa = 0xa,
  kEwb = 0xb,
  kEtrack = 0xc,
  kEaug = 0xd,
  kEmodpr = 0xe,
  kEmodt = 0xf,
};

enum class Enclu : uint32_t {
  kEreport = 0x0,
  kEgetkey = 0x1,
  kEenter = 0x2,
  kEresume = 0x3,
  kEexit = 0x4,
  kEaccept = 0x5,
  kEmodpe = 0x6,
  kEacceptcopy = 0x7,
  kEdeccssa = 0x9,
};

// What a leaf leaves in RAX. kGeneralProtection is ours: where the processor raises #GP(0) and RAX says
// nothing.
enum class LeafStatus : uint32_t {
  kSuccess = 0,
  kInvalidSigstruct = 1,
  kInvalidAttribute = 2,
  kBlockState = 3,
  kInvalidMeasurement = 4,
  kNotBlockable = 5,
  kPageInvalid = 6,
  kEpcPageConflict = 7,
  kInvalidSignature = 8,
  kMacCompareFail = 9,
  kPageNotBlocked = 10,
  kNotTracked = 11,
  kVersionSlotOccupied = 12,
  kChildPresent = 13,
  kEnclaveActive = 14,
  kEntryEpochLocked = 15,
  kInvalidEinitToken = 16,
  kPreviousTrackIncomplete = 17,
  kPageIsSecs = 18,
  kPageAttributesMismatch = 19,
  kPageNotModifiable = 20,
  kPageNotDebuggable = 21,
  kInvalidCpuSvn = 32,
  kInvalidIsvSvn = 64,  // CONFIGSVN, too
  kUnmaskedEvent = 128,
  kInvalidKeyName = 256,
  kGeneralProtection = 0x40000000,
};

}  // namespace strongroom::arch
