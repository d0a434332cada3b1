// What the enclave API does inside a real enclave. Binary input and output by files of hexadecimal text would
// be slow; streams carry bytes. First argument: what to do.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "strongroom/enclave.h"

namespace {

using namespace strongroom;

std::vector<uint8_t> input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}
int put(const std::vector<uint8_t>& bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
int failed(const Error& error) {
  std::fprintf(stderr, "%s: %s\n", std::string(to_string(error.code)).c_str(), error.message.c_str());
  return 3;
}

int own_identity() {
  const auto self = enclave::own_identity();
  if (!self) return failed(self.error());
  for (const uint8_t byte : self->mrenclave) std::printf("%02x", byte);
  std::printf(" ");
  for (const uint8_t byte : self->mrsigner) std::printf("%02x", byte);
  std::printf(" %u %u %d\n", self->product_id, self->svn, self->debug ? 1 : 0);
  return 0;
}

// An enclave on the same platform: itself.
int attest_itself() {
  const auto target = enclave::own_target();
  if (!target) return failed(target.error());
  auto report = enclave::report(*target, {42});
  if (!report) return failed(report.error());
  const auto verified = enclave::verify_report(*report);
  if (!verified) return failed(verified.error());
  (*report)[100] ^= 1;
  return verified->data[0] == 42 && !enclave::verify_report(*report) ? 0 : 1;
}

int channel_with_itself() {
  auto start = enclave::ChannelInitiator::create();
  if (!start) return failed(start.error());
  auto accept = enclave::ChannelResponder::create(start->hello());
  if (!accept) return failed(accept.error());
  auto first = start->finish(accept->reply());
  if (!first) return failed(first.error());
  auto second = accept->finish(first->proof());
  if (!second) return failed(second.error());
  const std::vector<uint8_t> message = {1, 2, 3};
  const auto opened = second->open(*first->seal(message));
  return opened && *opened == message ? 0 : 1;
}

int threads() {
  const std::vector<uint8_t> plaintext(10000, 7);
  std::vector<std::thread> all;
  std::vector<int> good(4);
  for (size_t i = 0; i < good.size(); ++i)
    all.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        const auto sealed = enclave::seal(enclave::SealTo::kEnclave, plaintext);
        const auto opened = sealed ? enclave::unseal(*sealed) : sealed;
        if (!opened || *opened != plaintext || !enclave::own_identity()) return;
      }
      good[i] = 1;
    });
  for (std::thread& thread : all) thread.join();
  for (const int one : good)
    if (one == 0) return 1;
  return 0;
}

// Evidence for the nonce that comes in.
int evidence() {
  const std::vector<uint8_t> user_data = {'k', 'e', 'y'};
  const auto token = enclave::evidence(input(), user_data);
  return token ? put(*token) : failed(token.error());
}

int count() {
  const auto value = enclave::increment_counter(enclave::SealTo::kEnclave, {'c'});
  if (!value) return failed(value.error());
  const auto read = enclave::read_counter(enclave::SealTo::kEnclave, {'c'});
  if (!read || *read != *value) return 1;
  std::printf("%llu\n", static_cast<unsigned long long>(*value));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "identity") return own_identity();
  if (what == "attest") return attest_itself();
  if (what == "channel") return channel_with_itself();
  if (what == "threads") return threads();
  if (what == "count") return count();
  if (what == "evidence") return evidence();
  if (what == "unseal") {
    const auto plaintext = enclave::unseal(input());
    return plaintext ? put(*plaintext) : failed(plaintext.error());
  }
  const auto to = what == "seal-to-signer" ? enclave::SealTo::kSigner : enclave::SealTo::kEnclave;
  const auto sealed = enclave::seal(to, input());
  return sealed ? put(*sealed) : failed(sealed.error());
}
