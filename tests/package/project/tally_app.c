/* The application's calls, in C. */
#include "tally_app.h"

#include <stdio.h>

#include "my_tally_host_c.h"

void my_tally_tell(const char* text) {
  puts(text);
}

int use_tally(my_tally_enclave* enclave) {
  const uint32_t values[] = {1, 2, 3, 4};
  uint64_t sum = 0;
  int all = 0;
  if (my_tally_tally(enclave, &sum, values, 2) != 0 || my_tally_add(enclave, &all, (int)sum, 5) != 0) {
    puts(strongroom_edge_error());
    return 1;
  }
  printf("%llu, %d\n", (unsigned long long)sum, all);
  return 0;
}
