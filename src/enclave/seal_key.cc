#include "enclave/seal_key.h"

#include <deque>
#include <mutex>
#include <optional>

#include "arch/fixed_bytes.h"
#include "arch/key_request.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "enclave/keeper.h"

namespace strongroom::enclave {
namespace {

// What KEYREQUEST names: two keys of 16 bytes, one after the other, so that blobs have the strength of 256
// bits.
using RootKey = std::array<uint8_t, 2 * arch::kKeySize>;
struct Root {
  SealHeader request;  // without salt and sizes
  RootKey key;
};
constexpr size_t kKept = 16;

struct State {
  std::mutex mutex;
  std::optional<arch::ReportBody> self;
  std::array<uint8_t, 32> key_id{};
  std::deque<Root> roots;
};
State& state() {
  static State it;
  return it;
}

Result<void> learn_self(State& known) {
  if (known.self) return {};
  known.key_id = TRY(crypto::random_array<32>());
  known.self = TRY(own_description());
  return {};
}

SealHeader request_of(SealHeader header) {
  std::memset(header.salt, 0, sizeof header.salt);
  header.plaintext_size = header.additional_size = 0;
  return header;
}

Result<RootKey> ask_for_root(const SealHeader& header) {
  arch::KeyRequest request{};
  request.key_name = arch::KeyName::kSeal;
  request.key_policy = header.key_policy;
  request.isv_svn = header.isv_svn;
  // All attributes but XFRM: what is sealed must outlive a new vector extension.
  request.attribute_mask = {~uint64_t{0}, 0};
  request.misc_mask = ~uint32_t{0};
  arch::copy_bytes(request.cpu_svn, header.cpu_svn);
  arch::copy_bytes(request.key_id, header.key_id);
  RootKey root;
  for (size_t half = 0; half < 2; ++half) {
    request.key_id[0] = static_cast<uint8_t>((request.key_id[0] & 0xfe) | half);
    Bytes answer = TRY(ask_keeper(arch::KeeperRequest::kKey, object_bytes(request)));
    if (answer.size() != arch::kKeySize)
      return fail(ErrorCode::kInternal, "the keeper's key has a wrong size");
    std::copy(answer.begin(), answer.end(),
              root.begin() + static_cast<std::ptrdiff_t>(half * arch::kKeySize));
    wipe(answer);
  }
  return root;
}

}  // namespace

Result<SealHeader> new_seal_header(SealTo to, size_t plaintext_size, size_t additional_size) {
  State& known = state();
  const auto salt = TRY(crypto::random_array<32>());
  const std::lock_guard lock(known.mutex);
  TRY(learn_self(known));
  SealHeader header{};
  header.magic = kSealMagic;
  header.version = kSealVersion;
  header.key_policy = static_cast<uint16_t>(to);
  header.isv_svn = known.self->isv_svn;
  arch::copy_bytes(header.cpu_svn, known.self->cpu_svn);
  arch::copy_bytes(header.key_id, known.key_id);
  arch::copy_bytes(header.salt, salt);
  header.plaintext_size = plaintext_size;
  header.additional_size = additional_size;
  return header;
}

Result<crypto::Aes256Key> seal_key(const SealHeader& header) {
  State& known = state();
  const SealHeader wanted = request_of(header);
  const std::lock_guard lock(known.mutex);
  auto root = std::find_if(known.roots.begin(), known.roots.end(), [&](const Root& kept) {
    return std::memcmp(&kept.request, &wanted, sizeof wanted) == 0;
  });
  if (root == known.roots.end()) {
    if (known.roots.size() == kKept) {
      wipe(known.roots.back().key);
      known.roots.pop_back();
    }
    known.roots.push_front({wanted, TRY(ask_for_root(header))});
    root = known.roots.begin();
  }
  return crypto::hmac_sha256(
      root->key, ByteWriter().bytes(as_bytes("strongroom seal 1")).bytes(std::to_array(header.salt)).take());
}

void forget_seal_keys() {
  State& known = state();
  const std::lock_guard lock(known.mutex);
  known.self.reset();
  known.roots.clear();
}

}  // namespace strongroom::enclave
