/* The C header as a C program uses it; attest_c_test.cc calls it with evidence that it made. */
#undef NDEBUG
#include "attest/attest_c_use.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "strongroom/attest_c.h"

static strongroom_verdict verdict_of(const strongroom_verification* request) {
  strongroom_result* result = NULL;
  assert(strongroom_verify(request, &result) == STRONGROOM_OK);
  const strongroom_verdict verdict = strongroom_result_verdict(result);
  strongroom_result_free(result);
  return verdict;
}

/* Threads share the request, the collateral, the policy and the cache. */
static void* verify_often(void* request) {
  for (int i = 0; i < 50; ++i) assert(verdict_of(request) == STRONGROOM_ACCEPTED);
  return NULL;
}

static void nulls_are_taken(void) {
  char* error = NULL;
  strongroom_result* result = NULL;
  strongroom_finding finding;
  assert(strongroom_collateral_new(NULL) == STRONGROOM_INVALID_ARGUMENT);
  assert(strongroom_collateral_add(NULL, NULL, 0, NULL, &error) == STRONGROOM_INVALID_ARGUMENT &&
         error != NULL);
  strongroom_string_free(error);
  assert(strongroom_verify(NULL, &result) == STRONGROOM_INVALID_ARGUMENT && result == NULL);
  assert(strongroom_decode(NULL, 1, &result) == STRONGROOM_INVALID_ARGUMENT);
  assert(strongroom_result_verdict(NULL) == STRONGROOM_IS_MALFORMED);
  assert(strcmp(strongroom_result_format(NULL), "") == 0 &&
         strongroom_result_finding(NULL, 0, &finding) == 0);
  assert(strongroom_result_claim_bytes(NULL, "measurement").data == NULL &&
         strongroom_result_json(NULL) == NULL);
  strongroom_result_free(NULL);
  strongroom_policy_free(NULL);
  strongroom_collateral_free(NULL);
  strongroom_cache_free(NULL);
  strongroom_string_free(NULL);
}

static void garbage_has_a_verdict(void) {
  strongroom_result* result = NULL;
  assert(strongroom_decode((const uint8_t*)"garbage", 7, &result) == STRONGROOM_OK);
  assert(strongroom_result_verdict(result) == STRONGROOM_IS_MALFORMED);
  assert(strongroom_result_finding_count(result) == 1 && strongroom_result_advisory(result, 0) == NULL);
  strongroom_result_free(result);
}

static void errors_name_the_line(void) {
  static const char toml[] = "version = 1\n[[allow]]\nte = [\"sgx\"]\n";
  strongroom_policy* policy = (strongroom_policy*)&policy;
  char* error = NULL;
  assert(strongroom_policy_parse(toml, sizeof toml - 1, "mine", &policy, &error) == STRONGROOM_MALFORMED);
  assert(policy == NULL && strstr(error, "mine:3:") != NULL);
  strongroom_string_free(error);
  assert(strongroom_policy_parse(toml, sizeof toml - 1, "mine", &policy, NULL) == STRONGROOM_MALFORMED);
}

void use_attest_c(const MadeEvidence* made) {
  nulls_are_taken();
  garbage_has_a_verdict();
  errors_name_the_line();

  strongroom_collateral* collateral;
  assert(strongroom_collateral_new(&collateral) == STRONGROOM_OK);
  char* error = NULL;
  const strongroom_status added =
      strongroom_collateral_add(collateral, made->collateral, made->collateral_size, "chain", &error);
  if (added != STRONGROOM_OK) fprintf(stderr, "%s\n", error);
  assert(added == STRONGROOM_OK);

  strongroom_root root = {.name = "test"};
  memcpy(root.key_sha256, made->root, sizeof root.key_sha256);
  strongroom_verification request = {.struct_size = sizeof request,
                                     .evidence = made->evidence,
                                     .evidence_size = made->evidence_size,
                                     .time = made->time,
                                     .collateral = collateral,
                                     .roots = &root,
                                     .root_count = 1};
  strongroom_result* result = NULL;
  assert(strongroom_verify(&request, &result) == STRONGROOM_OK);
  char* json = strongroom_result_json(result);
  assert(json != NULL && strstr(json, "\"verdict\":\"accepted\"") != NULL);
  strongroom_string_free(json);
  assert(strongroom_result_verdict(result) == STRONGROOM_ACCEPTED && strongroom_result_authentic(result));
  assert(strcmp(strongroom_result_format(result), "snp-report-v2") == 0);
  const strongroom_bytes measurement = strongroom_result_claim_bytes(result, "measurement");
  assert(measurement.size == 48 && memcmp(measurement.data, made->measurement, 48) == 0);
  uint64_t vmpl = 99;
  int debug = -1;
  assert(strongroom_result_claim_number(result, "snp.vmpl", &vmpl) == 1 && vmpl == 0);
  assert(strongroom_result_claim_flag(result, "debug", &debug) == 1 && debug == 0);
  assert(strongroom_result_claim_flag(result, "snp.vmpl", &debug) == 0); /* another type */
  assert(strcmp(strongroom_result_claim_text(result, "root"), "extra:test") == 0);
  int found = 0;
  strongroom_finding finding;
  for (size_t i = 0; strongroom_result_finding(result, i, &finding); ++i)
    if (strcmp(finding.check, "report.signature") == 0)
      found = finding.outcome == STRONGROOM_PASSED && strcmp(finding.concern, "authenticity") == 0;
  assert(found);
  strongroom_result_free(result);

  /* The same from four threads at once. */
  strongroom_cache* cache;
  static const char toml[] =
      "version = 1\n[[root]]\nname = \"test\"\nkey_sha256 = "
      "\"0000000000000000000000000000000000000000000000000000000000000000\"\n"
      "[[allow]]\ntee = [\"sev-snp\"]\nroots = [\"test\"]\ninsecure_any_code = true\n";
  strongroom_policy* policy;
  assert(strongroom_cache_new(&cache) == STRONGROOM_OK);
  assert(strongroom_policy_parse(toml, sizeof toml - 1, "policy", &policy, NULL) == STRONGROOM_OK);
  char* explanation = strongroom_policy_explain(policy);
  assert(strstr(explanation, "sev-snp") != NULL);
  strongroom_string_free(explanation);
  request.cache = cache;
  request.policy = policy;
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) assert(pthread_create(&threads[i], NULL, verify_often, &request) == 0);
  for (int i = 0; i < 4; ++i) assert(pthread_join(threads[i], NULL) == 0);

  /* What is not given is missing; what is wrong is refused; what another version passes is told apart. */
  request.policy = NULL;
  request.collateral = NULL;
  assert(verdict_of(&request) == STRONGROOM_UNDETERMINED);
  request.collateral = collateral;
  request.nonce = (const uint8_t*)"another nonce";
  request.nonce_size = 13;
  assert(verdict_of(&request) == STRONGROOM_REFUSED);
  request.struct_size = 8;
  assert(strongroom_verify(&request, &result) == STRONGROOM_INVALID_ARGUMENT);

  strongroom_policy_free(policy);
  strongroom_cache_free(cache);
  strongroom_collateral_free(collateral);
}
