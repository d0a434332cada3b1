// What the enclave computes, outside: hospitals_plain EPOCHS NAME CSV NAME CSV. For the test to compare with.
#include <fstream>
#include <iostream>
#include <iterator>

#include "learn.h"

int main(int argc, char** argv) {
  std::vector<study::Shard> shards;
  for (int i = 2; i + 1 < argc; i += 2) {
    std::ifstream file(argv[i + 1]);
    shards.push_back({argv[i], {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}});
  }
  std::cout << study::learn(shards, static_cast<unsigned>(std::stoul(argv[1])));
  return 0;
}
