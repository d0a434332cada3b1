// The untrusted part: hello_host IMAGE [NAME [TEE]].
#include <strongroom/host.h>

#include <iostream>
#include <string>
#include <vector>

#include "hello_host.h"

namespace {

using namespace strongroom;

// What the enclave may ask.
class Functions : public hello::HostFunctions {
 public:
  void print(std::string_view line) override { std::cout << line << "\n"; }
};

Result<void> run(const std::string& path, const std::string& name, const std::string& tee) {
  const auto image = TRY(host::Image::open(path));
  Functions functions;
  host::LaunchOptions options;
  options.tee = TRY(host::tee_from_string(tee));
  options.allow_unsigned = true;  // a sample; see `strongroom sign`
  hello::Enclave enclave = TRY(hello::Enclave::launch(image, functions, options));

  TRY(enclave.greet(name));
  const std::string text = "in an enclave";
  std::vector<uint64_t> counts(256);
  const uint64_t size = TRY(enclave.count_bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()},
                                                std::span<uint64_t, 256>(counts)));
  std::cout << "the letter e occurs " << counts['e'] << " times in " << size << " bytes\n";

  // The enclave's serve() returns, and its main() with it.
  const auto end = TRY(enclave->stop());
  std::cout << "the enclave ended with " << end.status << "\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: hello_host IMAGE [NAME [TEE]]\n";
    return 2;
  }
  const auto done = run(argv[1], argc > 2 ? argv[2] : "world", argc > 3 ? argv[3] : "auto");
  if (!done) std::cerr << "hello_host: " << done.error().message << "\n";
  return done ? 0 : 1;
}
