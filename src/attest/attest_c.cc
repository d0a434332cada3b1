#include "strongroom/attest_c.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "attest/claim_list.h"
#include "attest/result_json.h"
#include "strongroom/attest.h"

using strongroom::attest::Bytes;
using strongroom::attest::ByteView;
using strongroom::attest::ClaimValue;

struct strongroom_collateral {
  strongroom::attest::Collateral object;
};
struct strongroom_policy {
  strongroom::attest::Policy object;
};
struct strongroom_cache {
  strongroom::attest::VerificationCache object;
};
struct strongroom_result {
  strongroom::attest::VerificationResult object;
  std::map<std::string, ClaimValue, std::less<>> common;
  std::vector<strongroom_result> layers;
};

namespace {

namespace attest = strongroom::attest;

// A copy that strongroom_string_free() ends, or null.
char* copy_of(std::string_view text) {
  char* const out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out == nullptr) return nullptr;
  std::memcpy(out, text.data(), text.size());
  out[text.size()] = '\0';
  return out;
}

strongroom_status failed(strongroom_status status, std::string_view why, char** error) {
  if (error != nullptr) *error = copy_of(why);
  return status;
}

// Runs what may throw.
template <typename Body>
strongroom_status guarded(char** error, Body&& body) {
  if (error != nullptr) *error = nullptr;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return STRONGROOM_OUT_OF_MEMORY;
  } catch (const std::exception& exception) {
    return failed(STRONGROOM_INTERNAL, exception.what(), error);
  } catch (...) {
    return failed(STRONGROOM_INTERNAL, "an unknown exception", error);
  }
}

ByteView view(const uint8_t* data, size_t size) {
  return {data, size};
}

strongroom_result made(attest::VerificationResult result) {
  strongroom_result out;
  for (auto& [name, value] : attest::common_claims(result.claims)) out.common.emplace(name, std::move(value));
  for (const attest::VerificationResult& layer : result.layers) out.layers.push_back(made(layer));
  out.object = std::move(result);
  return out;
}

std::unique_ptr<strongroom_result> wrapped(attest::VerificationResult result) {
  return std::make_unique<strongroom_result>(made(std::move(result)));
}

const ClaimValue* find_claim(const strongroom_result* result, const char* name) {
  if (result == nullptr || name == nullptr) return nullptr;
  const std::string_view key(name);
  if (const auto found = result->common.find(key); found != result->common.end()) return &found->second;
  const auto& vendor = result->object.claims.vendor;
  const auto found = vendor.find(key);
  return found == vendor.end() ? nullptr : &found->second;
}

template <typename T>
const T* claim_as(const strongroom_result* result, const char* name) {
  const ClaimValue* claim = find_claim(result, name);
  return claim == nullptr ? nullptr : std::get_if<T>(claim);
}

strongroom::Result<attest::VerificationOptions> options_of(const strongroom_verification& request) {
  attest::VerificationOptions options;
  options.time = attest::Time(std::chrono::seconds(request.time));
  if (request.nonce != nullptr) {
    const ByteView nonce = view(request.nonce, request.nonce_size);
    options.nonce = Bytes(nonce.begin(), nonce.end());
  }
  if (request.collateral != nullptr) options.collateral = &request.collateral->object;
  if (request.policy != nullptr) options.policy = &request.policy->object;
  if (request.cache != nullptr) options.cache = &request.cache->object;
  for (size_t i = 0; i < request.root_count; ++i) {
    if (request.roots == nullptr || request.roots[i].name == nullptr)
      return strongroom::fail(strongroom::ErrorCode::kInvalidArgument, "a root is null");
    attest::ExtraRoot root{request.roots[i].name, {}};
    std::memcpy(root.key_fingerprint.data(), request.roots[i].key_sha256, root.key_fingerprint.size());
    options.extra_roots.push_back(std::move(root));
  }
  return options;
}

}  // namespace

extern "C" {

void strongroom_string_free(char* text) {
  std::free(text);
}

strongroom_status strongroom_collateral_new(strongroom_collateral** out) {
  if (out == nullptr) return STRONGROOM_INVALID_ARGUMENT;
  *out = nullptr;
  return guarded(nullptr, [&] {
    *out = new strongroom_collateral;
    return STRONGROOM_OK;
  });
}

void strongroom_collateral_free(strongroom_collateral* collateral) {
  delete collateral;
}

strongroom_status strongroom_collateral_add(strongroom_collateral* collateral, const uint8_t* content,
                                            size_t size, const char* name, char** error) {
  return guarded(error, [&] {
    if (collateral == nullptr || (content == nullptr && size != 0) || name == nullptr)
      return failed(STRONGROOM_INVALID_ARGUMENT, "an argument is null", error);
    const auto kinds = collateral->object.add(view(content, size), name);
    return kinds ? STRONGROOM_OK : failed(STRONGROOM_MALFORMED, kinds.error().message, error);
  });
}

strongroom_status strongroom_policy_parse(const char* toml, size_t size, const char* name,
                                          strongroom_policy** out, char** error) {
  if (out != nullptr) *out = nullptr;
  return guarded(error, [&] {
    if ((toml == nullptr && size != 0) || name == nullptr || out == nullptr)
      return failed(STRONGROOM_INVALID_ARGUMENT, "an argument is null", error);
    auto policy = attest::Policy::parse(std::string_view(toml, size), name);
    if (!policy) return failed(STRONGROOM_MALFORMED, policy.error().message, error);
    *out = new strongroom_policy{std::move(*policy)};
    return STRONGROOM_OK;
  });
}

void strongroom_policy_free(strongroom_policy* policy) {
  delete policy;
}

char* strongroom_policy_explain(const strongroom_policy* policy) {
  char* out = nullptr;
  guarded(nullptr, [&] {
    if (policy != nullptr) out = copy_of(policy->object.explain());
    return STRONGROOM_OK;
  });
  return out;
}

strongroom_status strongroom_cache_new(strongroom_cache** out) {
  if (out == nullptr) return STRONGROOM_INVALID_ARGUMENT;
  *out = nullptr;
  return guarded(nullptr, [&] {
    *out = new strongroom_cache;
    return STRONGROOM_OK;
  });
}

void strongroom_cache_free(strongroom_cache* cache) {
  delete cache;
}

strongroom_status strongroom_verify(const strongroom_verification* request, strongroom_result** out) {
  if (out != nullptr) *out = nullptr;
  return guarded(nullptr, [&] {
    if (request == nullptr || out == nullptr || request->struct_size != sizeof(strongroom_verification) ||
        (request->evidence == nullptr && request->evidence_size != 0))
      return STRONGROOM_INVALID_ARGUMENT;
    const auto options = options_of(*request);
    if (!options) return STRONGROOM_INVALID_ARGUMENT;
    *out = wrapped(attest::verify(view(request->evidence, request->evidence_size), *options)).release();
    return STRONGROOM_OK;
  });
}

strongroom_status strongroom_decode(const uint8_t* evidence, size_t size, strongroom_result** out) {
  if (out != nullptr) *out = nullptr;
  return guarded(nullptr, [&] {
    if (out == nullptr || (evidence == nullptr && size != 0)) return STRONGROOM_INVALID_ARGUMENT;
    *out = wrapped(attest::decode(view(evidence, size))).release();
    return STRONGROOM_OK;
  });
}

void strongroom_result_free(strongroom_result* result) {
  delete result;
}

strongroom_verdict strongroom_result_verdict(const strongroom_result* result) {
  if (result == nullptr) return STRONGROOM_IS_MALFORMED;
  switch (result->object.verdict) {
    case attest::Verdict::kAccepted:
      return STRONGROOM_ACCEPTED;
    case attest::Verdict::kRefused:
      return STRONGROOM_REFUSED;
    case attest::Verdict::kMalformed:
      return STRONGROOM_IS_MALFORMED;
    case attest::Verdict::kUndetermined:
      return STRONGROOM_UNDETERMINED;
  }
  return STRONGROOM_IS_MALFORMED;
}

int strongroom_result_authentic(const strongroom_result* result) {
  return result != nullptr && result->object.authentic ? 1 : 0;
}

const char* strongroom_result_format(const strongroom_result* result) {
  return result == nullptr ? "" : result->object.format.c_str();
}

const char* strongroom_result_tcb_status(const strongroom_result* result) {
  return result == nullptr ? "" : result->object.tcb_status.c_str();
}

size_t strongroom_result_advisory_count(const strongroom_result* result) {
  return result == nullptr ? 0 : result->object.advisories.size();
}

const char* strongroom_result_advisory(const strongroom_result* result, size_t index) {
  return index < strongroom_result_advisory_count(result) ? result->object.advisories[index].c_str()
                                                          : nullptr;
}

size_t strongroom_result_finding_count(const strongroom_result* result) {
  return result == nullptr ? 0 : result->object.findings.size();
}

int strongroom_result_finding(const strongroom_result* result, size_t index, strongroom_finding* out) {
  if (out == nullptr || index >= strongroom_result_finding_count(result)) return 0;
  const attest::Finding& finding = result->object.findings[index];
  // The concerns' names are literals.
  *out = {finding.check.c_str(), attest::to_string(finding.concern).data(), STRONGROOM_FAILED,
          finding.why.c_str()};
  switch (finding.outcome) {
    case attest::Outcome::kPassed:
      out->outcome = STRONGROOM_PASSED;
      break;
    case attest::Outcome::kFailed:
      out->outcome = STRONGROOM_FAILED;
      break;
    case attest::Outcome::kMissing:
      out->outcome = STRONGROOM_MISSING;
      break;
    case attest::Outcome::kNotApplicable:
      out->outcome = STRONGROOM_NOT_APPLICABLE;
      break;
    case attest::Outcome::kWarning:
      out->outcome = STRONGROOM_WARNING;
      break;
  }
  return 1;
}

strongroom_bytes strongroom_result_claim_bytes(const strongroom_result* result, const char* name) {
  const Bytes* bytes = claim_as<Bytes>(result, name);
  if (bytes == nullptr) return {nullptr, 0};
  // An empty value is there, and so is not null.
  static constexpr uint8_t kNothing = 0;
  return {bytes->empty() ? &kNothing : bytes->data(), bytes->size()};
}

const char* strongroom_result_claim_text(const strongroom_result* result, const char* name) {
  const std::string* text = claim_as<std::string>(result, name);
  return text == nullptr ? nullptr : text->c_str();
}

int strongroom_result_claim_number(const strongroom_result* result, const char* name, uint64_t* out) {
  const uint64_t* number = claim_as<uint64_t>(result, name);
  if (number == nullptr || out == nullptr) return 0;
  *out = *number;
  return 1;
}

int strongroom_result_claim_flag(const strongroom_result* result, const char* name, int* out) {
  const bool* flag = claim_as<bool>(result, name);
  if (flag == nullptr || out == nullptr) return 0;
  *out = *flag ? 1 : 0;
  return 1;
}

size_t strongroom_result_layer_count(const strongroom_result* result) {
  return result == nullptr ? 0 : result->layers.size();
}

const strongroom_result* strongroom_result_layer(const strongroom_result* result, size_t index) {
  return index < strongroom_result_layer_count(result) ? &result->layers[index] : nullptr;
}

char* strongroom_result_json(const strongroom_result* result) {
  char* out = nullptr;
  guarded(nullptr, [&] {
    if (result != nullptr) out = copy_of(attest::result_json_text(result->object, -1));
    return STRONGROOM_OK;
  });
  return out;
}

}  // extern "C"
