/* Attest for other languages: the verifier of <strongroom/attest.h> as C (C99 and later).
 *
 *   strongroom_verification request = {.struct_size = sizeof request};
 *   request.evidence = quote;
 *   request.evidence_size = quote_size;
 *   request.time = time(NULL);
 *   request.collateral = collateral;
 *   strongroom_result* result;
 *   if (strongroom_verify(&request, &result) != STRONGROOM_OK) ...
 *   if (strongroom_result_verdict(result) != STRONGROOM_ACCEPTED) ...
 *   strongroom_result_free(result);
 *
 * What verdicts, findings and claims mean stands in <strongroom/attest.h>, what policies can say at its class
 * Policy. This header says what is C's own.
 *
 * Ownership. Every object that a function puts into `*out` is the caller's, and is ended by the _free
 * function of its type, which takes NULL, too. Texts and bytes that a function lends (const char*,
 * strongroom_bytes) live as long as the object that they were asked from; those returned as char* are the
 * caller's, for strongroom_string_free(). Arguments are never kept: they may go when the call returns.
 *
 * Errors. No exception leaves a function. One that can fail returns a strongroom_status; on anything but
 * STRONGROOM_OK `*out` is NULL, and `*error`, where the caller asked for it (NULL: not), holds a text for
 * people, to be freed, or NULL where memory ran out. Evidence that is bad is no error: it has a verdict.
 *
 * Threads. There is no global state. An object may be used by several threads at once, but not while
 * strongroom_collateral_add() or a _free function changes it. */
#ifndef STRONGROOM_ATTEST_C_H_
#define STRONGROOM_ATTEST_C_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum strongroom_status {
  STRONGROOM_OK = 0,
  STRONGROOM_INVALID_ARGUMENT = 1, /* a null pointer, an unknown struct_size: a defect of the caller */
  STRONGROOM_MALFORMED = 2,        /* collateral or policy that is none; the error names the place */
  STRONGROOM_OUT_OF_MEMORY = 3,
  STRONGROOM_INTERNAL = 4 /* a defect in Strongroom */
} strongroom_status;

/* The verdicts in the order of the command's exit codes. */
typedef enum strongroom_verdict {
  STRONGROOM_ACCEPTED = 0,
  STRONGROOM_REFUSED = 1,
  STRONGROOM_IS_MALFORMED = 2,
  STRONGROOM_UNDETERMINED = 3
} strongroom_verdict;

typedef enum strongroom_outcome {
  STRONGROOM_PASSED = 0,
  STRONGROOM_FAILED = 1,
  STRONGROOM_MISSING = 2,
  STRONGROOM_NOT_APPLICABLE = 3,
  STRONGROOM_WARNING = 4
} strongroom_outcome;

typedef struct strongroom_collateral strongroom_collateral;
typedef struct strongroom_policy strongroom_policy;
typedef struct strongroom_cache strongroom_cache;
typedef struct strongroom_result strongroom_result;

/* Ends a text that a function returned as char*. */
void strongroom_string_free(char* text);

/* ---- Collateral: certificates, revocation lists, vendors' documents, keys of services ---- */

strongroom_status strongroom_collateral_new(strongroom_collateral** out);
void strongroom_collateral_free(strongroom_collateral* collateral);
/* Recognises the content by itself and adds it; on failure nothing is added. `name` (UTF-8) is for findings.
 */
strongroom_status strongroom_collateral_add(strongroom_collateral* collateral, const uint8_t* content,
                                            size_t size, const char* name, char** error);

/* ---- Policy ---- */

/* `toml` need not end with a zero byte. `name` stands before the line in errors: "NAME:4: unknown key...". */
strongroom_status strongroom_policy_parse(const char* toml, size_t size, const char* name,
                                          strongroom_policy** out, char** error);
void strongroom_policy_free(strongroom_policy* policy);
/* What it accepts, in sentences; NULL where memory ran out. */
char* strongroom_policy_explain(const strongroom_policy* policy);

/* ---- Verification ---- */

/* Remembers parsed certificates and checked signatures between calls; safe to share, holds no trust. */
strongroom_status strongroom_cache_new(strongroom_cache** out);
void strongroom_cache_free(strongroom_cache* cache);

/* A root to be trusted besides the vendors' own. */
typedef struct strongroom_root {
  const char* name;
  uint8_t key_sha256[32]; /* of its SubjectPublicKeyInfo */
} strongroom_root;

/* Zero is the absence of everything; new members come at the end, and struct_size tells which there are. */
typedef struct strongroom_verification {
  size_t struct_size; /* sizeof(strongroom_verification) */
  const uint8_t* evidence;
  size_t evidence_size;
  int64_t time; /* seconds since 1970-01-01T00:00:00Z: when the evidence is judged; 0 is 1970, not now */
  const uint8_t* nonce; /* NULL: none is demanded */
  size_t nonce_size;
  const strongroom_collateral* collateral; /* NULL: none */
  const strongroom_policy* policy;         /* NULL: the vendor's rules alone */
  strongroom_cache* cache;                 /* NULL: none */
  const strongroom_root* roots;
  size_t root_count;
} strongroom_verification;

/* Whatever the evidence is, the status is STRONGROOM_OK and the result says it. */
strongroom_status strongroom_verify(const strongroom_verification* request, strongroom_result** out);
/* Decodes without judging. */
strongroom_status strongroom_decode(const uint8_t* evidence, size_t size, strongroom_result** out);
/* Not for results that were lent by strongroom_result_layer(). */
void strongroom_result_free(strongroom_result* result);

/* ---- Results. NULL gives the malformed verdict, 0 and "" ---- */

strongroom_verdict strongroom_result_verdict(const strongroom_result* result);
int strongroom_result_authentic(const strongroom_result* result);          /* 0 or 1 */
const char* strongroom_result_format(const strongroom_result* result);     /* "" where unknown */
const char* strongroom_result_tcb_status(const strongroom_result* result); /* "" where there is none */

size_t strongroom_result_advisory_count(const strongroom_result* result);
/* NULL past the end, as everything below that is asked by index. */
const char* strongroom_result_advisory(const strongroom_result* result, size_t index);

typedef struct strongroom_finding {
  const char* check; /* stable and dotted: "quote.signature" */
  const char* concern;
  strongroom_outcome outcome;
  const char* why;
} strongroom_finding;
size_t strongroom_result_finding_count(const strongroom_result* result);
/* Fills *out and returns 1, or returns 0 past the end. */
int strongroom_result_finding(const strongroom_result* result, size_t index, strongroom_finding* out);

typedef struct strongroom_bytes {
  const uint8_t* data; /* NULL: the claim is absent, or of another type */
  size_t size;
} strongroom_bytes;

/* Claims by name: the common ones ("measurement", "signer", "report_data", "nonce", "hardware_id", "debug",
 * "svn", "product_id", "tee", "root") and the vendor's ("tdx.rtmr0"). A function returns 1 where the claim is
 * there and of its type. The claims of evidence that is not authentic are what it pretends. */
strongroom_bytes strongroom_result_claim_bytes(const strongroom_result* result, const char* name);
const char* strongroom_result_claim_text(const strongroom_result* result, const char* name);
int strongroom_result_claim_number(const strongroom_result* result, const char* name, uint64_t* out);
int strongroom_result_claim_flag(const strongroom_result* result, const char* name, int* out);

/* Evidence inside of this evidence; lent. */
size_t strongroom_result_layer_count(const strongroom_result* result);
const strongroom_result* strongroom_result_layer(const strongroom_result* result, size_t index);

/* Everything, as the command's --json; NULL where memory ran out. */
char* strongroom_result_json(const strongroom_result* result);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* STRONGROOM_ATTEST_C_H_ */
