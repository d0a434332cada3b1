#include "strongroom/enclave/evidence.h"

#include "enclave/keeper.h"

namespace strongroom::enclave {

Result<std::vector<uint8_t>> evidence(std::span<const uint8_t> nonce, std::span<const uint8_t> user_data) {
  // What cannot be a request at all; the keeper judges the rest.
  if (nonce.size() + user_data.size() > arch::kMaximumKeeperMessage / 2)
    return fail(ErrorCode::kInvalidArgument, "the nonce or the user data of evidence is too long");
  return ask_keeper(arch::KeeperRequest::kEvidence, ByteWriter()
                                                        .little(static_cast<uint32_t>(nonce.size()))
                                                        .bytes(nonce)
                                                        .little(static_cast<uint32_t>(user_data.size()))
                                                        .bytes(user_data)
                                                        .take());
}

}  // namespace strongroom::enclave
