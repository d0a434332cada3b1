// A hospital: trusts its own machine, the terms and the policy that it has agreed to, and nobody in between.
//   hospital key FILE                               makes its key; prints the public half, for the terms
//   hospital NAME --key FILE --terms FILE --policy FILE --data CSV --socket PATH --model OUTPUT
// It checks the enclave's evidence by the policy, encrypts its rows for that enclave alone, and gets the
// model. Exit code: 0, or 1 where it refused, or 2 where it could not go on.
#include <strongroom/attest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "terms.h"
#include "wire.h"

namespace {

namespace attest = strongroom::attest;

// What a hospital refuses, as opposed to what goes wrong.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

study::Bytes read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

study::Key key_from(const std::string& path) {
  const study::Bytes bytes = read(path);
  if (bytes.size() != std::tuple_size_v<study::Key>) throw std::runtime_error(path + " is not a key");
  study::Key out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

int make_key(const std::string& path) {
  const study::KeyPair pair = study::new_key_pair();
  umask(077);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(pair.secret.data()), pair.secret.size());
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::cout << study::to_hex(pair.open) << "\n";
  return 0;
}

// The policy that the terms name, and no other.
attest::Policy agreed_policy(const std::string& path, const study::Terms& terms) {
  const study::Bytes text = read(path);
  if (study::sha256(text) != terms.policy_digest)
    throw Refusal("the policy is not the one that was agreed on");
  auto policy = attest::Policy::parse({reinterpret_cast<const char*>(text.data()), text.size()}, path);
  if (!policy) throw std::runtime_error(policy.error().message);
  return std::move(*policy);
}

// What the policy names against the evidence; else what is wrong with the evidence itself.
std::string reasons(const attest::VerificationResult& result) {
  std::string of_policy, of_evidence;
  for (const attest::Finding& finding : result.findings) {
    if (finding.outcome != attest::Outcome::kFailed || finding.check == "policy.rule") continue;
    const bool policy = finding.concern == attest::Concern::kPolicy;
    (policy ? of_policy : of_evidence) += "; " + finding.check + ": " + finding.why;
  }
  return of_policy.empty() ? of_evidence : of_policy;
}

// That an enclave which the policy admits has this key and these terms, and says so now.
void check(const study::Bytes& evidence, const attest::Policy& policy, const study::Bytes& nonce,
           const study::Key& enclave, const study::Terms& terms) {
  attest::VerificationOptions options;
  options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  options.nonce = nonce;
  options.policy = &policy;
  const attest::VerificationResult result = attest::verify(evidence, options);
  if (result.verdict != attest::Verdict::kAccepted)
    throw Refusal("the evidence is " + std::string(to_string(result.verdict)) + reasons(result));
  const study::Key said = study::statement(enclave, terms.digest);
  if (result.claims.report_data != study::Bytes(said.begin(), said.end()))
    throw Refusal("the evidence vouches for another key, or for other terms, than the host gives out");
}

using Options = std::map<std::string, std::string>;

void take_part(const std::string& name, const Options& options) {
  const study::Terms terms = study::parse_terms(read(options.at("--terms")));
  const study::Key secret = key_from(options.at("--key"));
  const study::Key own = study::public_key(secret);
  if (terms.hospitals[terms.number_of(name)].key != own)
    throw Refusal("the terms have another key for " + name);
  const attest::Policy policy = agreed_policy(options.at("--policy"), terms);

  const study::Connection host = study::connect_to(options.at("--socket"));
  const study::Key random = study::new_key_pair().open;
  const study::Bytes nonce(random.begin(), random.end());
  host.send({reinterpret_cast<const uint8_t*>(name.data()), name.size()});
  host.send(nonce);
  const study::Bytes key = host.receive();
  const study::Bytes evidence = host.receive();
  study::Session session{secret, {}, own, terms.digest};
  if (key.size() != session.enclave.size()) throw Refusal("the host gives out no key");
  std::copy(key.begin(), key.end(), session.enclave.begin());
  try {
    check(evidence, policy, nonce, session.enclave, terms);
  } catch (const Refusal&) {
    host.send({});
    throw;
  }
  std::cout << name << ": the enclave is the one that was agreed on\n";

  host.send(study::encrypt(session, study::Direction::kShard, read(options.at("--data"))));
  const study::Bytes model = study::decrypt(session, study::Direction::kModel, host.receive());
  std::ofstream output(options.at("--model"), std::ios::binary);
  output.write(reinterpret_cast<const char*>(model.data()), static_cast<std::streamsize>(model.size()));
  if (!output.flush()) throw std::runtime_error("cannot write " + options.at("--model"));
  std::cout << name << ": has the model\n";
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  for (const char* needed : {"--key", "--terms", "--policy", "--data", "--socket", "--model"})
    if (!options.contains(needed))
      throw std::runtime_error(
          "usage: hospital key FILE | hospital NAME --key FILE --terms FILE --policy FILE "
          "--data CSV --socket PATH --model OUTPUT");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  try {
    if (name == "key" && argc == 3) return make_key(argv[2]);
    take_part(name, parse(argc, argv));
    return 0;
  } catch (const Refusal& refusal) {
    std::cout << name << ": REFUSED: " << refusal.what() << "\n";
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "hospital: " << error.what() << "\n";
    return 2;
  }
}
