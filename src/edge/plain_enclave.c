/* The enclave of testdata/run/plain.edl, in C. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "plain_enclave_c.h"

int32_t plain_add(int32_t a, int32_t b) {
  return a + b;
}

uint64_t plain_sum(const uint32_t* values, size_t n) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += values[i];
  return sum;
}

Pair plain_swap(Pair pair, enum Mode mode) {
  const Pair swapped = {(int32_t)pair.b, mode == FAST ? pair.a : -1};
  return swapped;
}

void plain_fill(void* data, uint16_t length, uint8_t value) {
  memset(data, value, length);
}

size_t plain_length(const char* text) {
  return text == NULL ? 1000 : strlen(text);
}

void plain_upper(char* text) {
  for (; *text != '\0'; ++text) *text = (char)toupper((unsigned char)*text);
}

void plain_grid(int grid[2][3], int* sum, const Pair* pair) {
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) *sum += grid[i][j] * pair->a;
  }
}

uint64_t plain_blobs(Blob* blobs, size_t n) {
  uint64_t sum = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < blobs[i].length; ++j) sum += blobs[i].data[j]++;
  }
  return sum;
}

void plain_types(pointer_t data, size_t length, triple_t three) {
  three[0] = ((uint8_t*)data)[0];
  three[2] = (int32_t)length;
}

int plain_ask(int value) {
  uint8_t bytes[4];
  int answer = 0;
  if (plain_log("asking") != 0) return -2;
  if (plain_answer(&answer, value, bytes, sizeof bytes) != 0) return -1;
  return answer + bytes[3]; /* errno is the host's */
}
