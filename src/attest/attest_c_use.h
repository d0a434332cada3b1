/* What the C test of the C header is given; shared by C and C++. */
#ifndef STRONGROOM_ATTEST_ATTEST_C_USE_H_
#define STRONGROOM_ATTEST_ATTEST_C_USE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct MadeEvidence {
  const uint8_t* evidence; /* an SNP report of version 2 */
  size_t evidence_size;
  const uint8_t* collateral; /* PEM */
  size_t collateral_size;
  const uint8_t* root;        /* 32 bytes: SHA-256 of the root's key */
  const uint8_t* measurement; /* 48 bytes */
  int64_t time;
} MadeEvidence;

/* Ends the process where anything is not as the header says. */
void use_attest_c(const MadeEvidence* made);

#ifdef __cplusplus
}
#endif

#endif
