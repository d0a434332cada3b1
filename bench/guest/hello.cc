// The launch benchmark's program: prints the first line of main and ends.
#include <iostream>

int main() {
  std::cout << "hello" << std::endl;
}
