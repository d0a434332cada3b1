/* A C program that verifies: prints the verdict on its argument. */
#include <stdio.h>
#include <string.h>
#include <strongroom/attest_c.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  strongroom_result* result;
  if (strongroom_decode((const uint8_t*)argv[1], strlen(argv[1]), &result) != STRONGROOM_OK) return 1;
  puts(strongroom_result_verdict(result) == STRONGROOM_IS_MALFORMED ? "malformed" : "evidence");
  strongroom_result_free(result);
  return 0;
}
