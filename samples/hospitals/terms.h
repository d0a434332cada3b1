// What the hospitals have agreed on, a file that each of them has; the enclave gets it from the host, and its
// evidence says which one it got:
//
//   study breast-cancer
//   epochs 2000
//   policy 64 hexadecimal digits       the SHA-256 of the policy by which both judge the enclave's evidence
//   hospital north 64 hexadecimal digits               whose rows go in and who gets the model: X25519 keys
//   hospital south 64 hexadecimal digits
#pragma once

#include <string>
#include <vector>

#include "exchange.h"

namespace study {

struct Hospital {
  std::string name;
  Key key{};
};

struct Terms {
  std::string study;
  unsigned epochs = 0;
  Key policy_digest{};
  std::vector<Hospital> hospitals;
  Key digest{};  // of the file

  // Throws std::runtime_error where there is no such hospital.
  [[nodiscard]] uint32_t number_of(const std::string& name) const;
};

// Throws std::runtime_error for what is not in this form, to the line.
Terms parse_terms(ByteView file);

std::string to_hex(ByteView bytes);
Key key_from_hex(const std::string& text);

}  // namespace study
