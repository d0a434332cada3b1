// Launches the enclave for C.
#include <cstdio>

#include "my_tally_host.h"
#include "my_tally_host_c.h"
#include "tally_app.h"

int main(int, char** argv) {
  const auto image = strongroom::host::Image::open(argv[1]);
  if (!image) return std::puts(image.error().message.c_str()), 1;
  strongroom::host::LaunchOptions options;
  options.allow_unsigned = true;
  auto& functions = *static_cast<my_tally::HostFunctions*>(my_tally_host_functions());
  auto enclave = my_tally::Enclave::launch(*image, functions, options);
  if (!enclave) return std::puts(enclave.error().message.c_str()), 1;
  return use_tally(reinterpret_cast<my_tally_enclave*>(&*enclave));
}
