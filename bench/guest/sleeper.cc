// The program whose memory is measured: says "up" and waits for the end of its input.
#include <iostream>
#include <string>

int main() {
  std::cout << "up" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
