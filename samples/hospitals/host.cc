// The untrusted part:
//   hospitals_app IMAGE --terms FILE --socket PATH [--tee NAME] [--seen FILE] [--keep FILE] [--attack NAME]
// It runs the enclave and carries every message between it and the hospitals, and may be evil: --attack.
//   key       gives out the enclave's evidence with a key of its own
//   evidence  gives out evidence that it kept from an earlier nonce
//   terms     gives the enclave terms in which the host itself takes part
//   debug     launches the enclave for debugging
//   replay    contributes the first hospital's shard again, also in the second one's place
//   shard     changes a bit of a shard
//   earlier   contributes the shard that it kept in an earlier launch (--keep FILE)
// Another enclave is another IMAGE. --seen keeps all that passes through the host's hands.
#include <strongroom/host.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "hospitals_host.h"
#include "terms.h"
#include "wire.h"

namespace {

using namespace strongroom;

constexpr size_t kRoom = 65536;  // for evidence and for models

struct Options {
  std::string image, terms, socket, tee = "auto", seen, keep, attack;
};

study::Bytes read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <typename T>
T good(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Host {
 public:
  explicit Host(const Options& options)
      : options_(options), enclave_(launch(options)), terms_(study::parse_terms(read(options.terms))) {
    if (!options.seen.empty()) seen_.open(options.seen, std::ios::binary);
    study::Bytes terms = read(options.terms);
    if (attacks("terms")) {
      const std::string own = "hospital host " + study::to_hex(own_.open) + "\n";
      terms.insert(terms.end(), own.begin(), own.end());
    }
    good(enclave_.begin(terms));
  }

  // Meets every hospital once, then gives each its model. False where somebody or something was refused.
  bool serve() {
    const study::Listener listener(options_.socket);
    std::vector<std::pair<uint32_t, study::Connection>> all;
    while (all.size() < terms_.hospitals.size()) {
      study::Connection hospital = listener.accept();
      const auto number = meet(hospital);
      if (!number) return false;
      all.emplace_back(*number, std::move(hospital));
    }
    for (const auto& [number, hospital] : all) {
      study::Bytes sealed(kRoom);
      sealed.resize(good(enclave_.model(number, sealed)));
      see(sealed);
      hospital.send(sealed);
    }
    std::cout << "host: every hospital has its model\n";
    return good(enclave_->stop()).status == 0;
  }

 private:
  static hospitals::Enclave launch(const Options& options) {
    host::LaunchOptions how;
    how.tee = good(host::tee_from_string(options.tee));
    how.debug = options.attack == "debug";
    return good(hospitals::Enclave::launch(good(host::Image::open(options.image)), how));
  }

  [[nodiscard]] bool attacks(std::string_view how) const { return options_.attack == how; }
  void see(study::ByteView bytes) {
    if (seen_.is_open())
      seen_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  struct Offer {
    study::Key key{};
    study::Bytes evidence = study::Bytes(kRoom);
  };
  Offer offer(study::ByteView nonce) {
    Offer out;
    out.evidence.resize(good(enclave_.offer(nonce, out.key, out.evidence)));
    if (attacks("key")) out.key = own_.open;
    return out;
  }

  // The hospital's number, or nothing where the exchange with it failed.
  std::optional<uint32_t> meet(const study::Connection& hospital) {
    const study::Bytes name_bytes = hospital.receive();
    const std::string name(name_bytes.begin(), name_bytes.end());
    const uint32_t number = terms_.number_of(name);
    study::Bytes nonce = hospital.receive();
    if (attacks("evidence")) nonce.assign(nonce.size(), 0);  // what somebody asked for yesterday
    const Offer offered = offer(nonce);
    see(offered.evidence);
    hospital.send(offered.key);
    hospital.send(offered.evidence);
    study::Bytes shard = hospital.receive();
    if (shard.empty()) {
      std::cout << "host: " << name << " refused the enclave\n";
      return std::nullopt;
    }
    see(shard);
    if (attacks("earlier")) {
      shard = read(options_.keep);
    } else if (!options_.keep.empty()) {
      std::ofstream(options_.keep, std::ios::binary)
          .write(reinterpret_cast<const char*>(shard.data()), static_cast<std::streamsize>(shard.size()));
    }
    if (attacks("shard")) shard[shard.size() / 2] ^= 1;
    if (!contribute(number, shard, name + "'s shard")) return std::nullopt;
    if (attacks("replay") && !replay(number, shard)) return std::nullopt;
    return number;
  }

  bool contribute(uint32_t number, study::ByteView shard, const std::string& what) {
    const auto done = enclave_.contribute(number, shard);
    std::cout << "host: " << what << ": " << (done ? "taken" : "refused: " + done.error().message) << "\n";
    return done.has_value();
  }

  // False as soon as the enclave refuses.
  bool replay(uint32_t number, study::ByteView shard) {
    const uint32_t other = number == 0 ? 1 : 0;
    const bool again = contribute(number, shard, "the same shard again");
    const bool elsewhere =
        contribute(other, shard, "the same shard in " + terms_.hospitals[other].name + "'s place");
    return again && elsewhere;
  }

  const Options& options_;
  hospitals::Enclave enclave_;
  study::Terms terms_;
  study::KeyPair own_ = study::new_key_pair();  // an evil host's
  std::ofstream seen_;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    std::string* const value = argument == "--terms"    ? &options.terms
                               : argument == "--socket" ? &options.socket
                               : argument == "--tee"    ? &options.tee
                               : argument == "--seen"   ? &options.seen
                               : argument == "--keep"   ? &options.keep
                               : argument == "--attack" ? &options.attack
                                                        : nullptr;
    if (value != nullptr && i + 1 < argc)
      *value = argv[++i];
    else if (options.image.empty() && value == nullptr)
      options.image = argument;
    else
      throw std::runtime_error("unknown argument " + argument);
  }
  if (options.image.empty() || options.terms.empty() || options.socket.empty())
    throw std::runtime_error(
        "usage: hospitals_app IMAGE --terms FILE --socket PATH [--tee NAME] [--seen FILE] [--keep FILE] "
        "[--attack key|evidence|terms|debug|replay|shard|earlier]");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    return Host(options).serve() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "hospitals_app: " << error.what() << "\n";
    return 2;
  }
}
