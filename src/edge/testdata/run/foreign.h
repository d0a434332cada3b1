/* What an EDL file takes from a C header. */
#pragma once

#include <stdint.h>

struct packet {
  uint8_t kind;
#ifdef __clang__
  uint8_t filler[3]; /* Clang 14 cannot clear padding of a type that the EDL file does not declare */
#endif
  uint32_t value; /* with GCC, padding stands before it */
};
typedef uint32_t handle_t;
typedef void* pointer_t;
typedef const uint16_t* const_pointer_t;
typedef int32_t triple_t[3];
