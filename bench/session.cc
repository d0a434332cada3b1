#include "session.h"

#include <fmt/format.h>

#include <cstdio>

namespace strongroom::bench {

int session_main(int argc, char** argv, Measure measure) {
  const std::string name = std::filesystem::path(argv[0]).filename();
  if (argc != 3) {
    fmt::print(stderr, "usage: {} BUILD-DIRECTORY OUTPUT.json\n", name);
    return 2;
  }
  const auto done = measure(argv[1], argv[2]);
  if (!done) fmt::print(stderr, "{}: {}\n", name, done.error().message);
  return done ? 0 : 1;
}

}  // namespace strongroom::bench
