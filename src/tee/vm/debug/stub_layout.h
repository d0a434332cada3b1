/* What the ring 0 stub of a debug enclave (stub.S here) adds to stub_layout.h. Also read by the assembler. */
#pragma once

#define STUB_DEBUG_PORT 0xe3
#define STUB_DEBUG_PASS 0xa0   /* on to the enclave kernel, as in production */
#define STUB_DEBUG_RETURN 0xb0 /* back to where the exception came from */
