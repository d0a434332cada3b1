// The trusted part: holds the hospitals' rows for as long as it takes to learn from them.
#include <strongroom/enclave.h>

#include <mutex>
#include <optional>
#include <stdexcept>

#include "exchange.h"
#include "hospitals_enclave.h"
#include "learn.h"
#include "terms.h"

namespace {

class Study {
 public:
  explicit Study(study::ByteView terms)
      : terms_(study::parse_terms(terms)), tables_(terms_.hospitals.size()) {}

  [[nodiscard]] const study::Key& key() const { return key_.open; }
  [[nodiscard]] study::Key statement() const { return study::statement(key_.open, terms_.digest); }

  void contribute(uint32_t number, study::ByteView shard) {
    std::optional<std::string>& table = tables_.at(number);
    // The key of a shard is that of its hospital, so nobody contributes in another's place; and each once.
    if (table) throw std::runtime_error(name(number) + " has contributed already");
    const study::Bytes plain = study::decrypt(session(number), study::Direction::kShard, shard);
    table.emplace(plain.begin(), plain.end());
  }

  study::Bytes model(uint32_t number) {
    if (model_.empty()) model_ = learn();
    return study::encrypt(session(number), study::Direction::kModel,
                          {reinterpret_cast<const uint8_t*>(model_.data()), model_.size()});
  }

 private:
  [[nodiscard]] const std::string& name(uint32_t number) const { return terms_.hospitals.at(number).name; }
  [[nodiscard]] study::Session session(uint32_t number) const {
    return {key_.secret, key_.open, terms_.hospitals.at(number).key, terms_.digest};
  }

  std::string learn() {
    std::vector<study::Shard> shards;
    for (uint32_t i = 0; i < tables_.size(); ++i) {
      if (!tables_[i]) throw std::runtime_error(name(i) + " has not contributed yet");
      shards.push_back({name(i), *tables_[i]});
    }
    return study::learn(shards, terms_.epochs);
  }

  study::Terms terms_;
  study::KeyPair key_ = study::new_key_pair();  // of this launch: nothing that was sent to another opens here
  std::vector<std::optional<std::string>> tables_;
  std::string model_;
};

std::mutex mutex;
std::optional<Study> running;

Study& current() {
  if (!running) throw std::runtime_error("no study has begun");
  return *running;
}

size_t put(std::span<uint8_t> to, const std::vector<uint8_t>& bytes) {
  if (bytes.size() > to.size()) throw std::runtime_error("the host gives too little room");
  std::copy(bytes.begin(), bytes.end(), to.begin());
  return bytes.size();
}

}  // namespace

namespace hospitals::ecall {

void begin(std::span<const uint8_t> terms) {
  const std::lock_guard lock(mutex);
  if (running) throw std::runtime_error("a study has begun already");
  running.emplace(terms);
}

uint64_t offer(std::span<const uint8_t> nonce, std::span<uint8_t, 32> key, std::span<uint8_t> evidence) {
  const std::lock_guard lock(mutex);
  const auto token = strongroom::enclave::evidence(nonce, current().statement());
  if (!token) throw std::runtime_error(token.error().message);
  std::copy(current().key().begin(), current().key().end(), key.begin());
  return put(evidence, *token);
}

void contribute(uint32_t hospital, std::span<const uint8_t> shard) {
  const std::lock_guard lock(mutex);
  current().contribute(hospital, shard);
}

uint64_t model(uint32_t hospital, std::span<uint8_t> sealed) {
  const std::lock_guard lock(mutex);
  return put(sealed, current().model(hospital));
}

}  // namespace hospitals::ecall

int main() {
  return strongroom::enclave::run(hospitals::serve);
}
