/* What an EDL file takes from a C header. */
#pragma once

#include <stdint.h>

struct packet {
  uint8_t kind;
  uint32_t value; /* padding before it */
};
typedef uint32_t handle_t;
typedef void* pointer_t;
typedef const uint16_t* const_pointer_t;
typedef int32_t triple_t[3];
