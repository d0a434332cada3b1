#include <strongroom/enclave.h>

#include "my_tally_enclave.h"

int main() {
  return strongroom::enclave::run(my_tally::serve);
}
