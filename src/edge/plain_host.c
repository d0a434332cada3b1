/* The host of testdata/run/plain.edl, in C. */
#include <errno.h>
#include <string.h>

#include "plain_host_c.h"

char plain_logged[32];

int plain_plain_answer(int value, uint8_t* bytes, size_t n) {
  memset(bytes, 5, n);
  errno = ERANGE;
  return 2 * value;
}

void plain_plain_log(const char* text) {
  strncpy(plain_logged, text, sizeof plain_logged - 1);
}
