/* The ecalls of my-tally.edl, in C. */
#include <stdio.h>

#include "my_tally_enclave_c.h"

uint64_t tally(const uint32_t* values, size_t pairs) {
  uint64_t sum = 0;
  for (size_t i = 0; i < 2 * pairs; ++i) sum += values[i];
  char text[64];
  snprintf(text, sizeof text, "%zu pairs", pairs);
  return tell(text) == 0 ? sum : 0;
}

int add(int a, int b) {
  return a + b;
}
