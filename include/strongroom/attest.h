// Attest: verifies the evidence of every vendor's trusted execution environments, and decides by policy.
//
//   using namespace strongroom;
//   attest::Collateral collateral;
//   TRY(collateral.add(read("tcb-info.json"), "tcb-info.json"));   // and certificates, revocation lists...
//   attest::VerificationOptions options;
//   options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
//   options.collateral = &collateral;
//   const attest::VerificationResult result = attest::verify(evidence, options);
//   if (result.verdict != attest::Verdict::kAccepted)
//     for (const attest::Finding& finding : result.findings) ...
//
// verify() is a pure function: it holds no global state, opens no file and no connection, reads no clock.
// What it is not given, it states as missing. Everything here may be used from several threads at once, as
// long as no thread changes an object that another one reads.
//
// What a verdict means. Every single check leaves a finding. The verdict is
//   malformed     where the bytes are not evidence of a known format, or break the format's rules;
//   refused       where any check failed;
//   undetermined  where none failed, but something that the vendor's rules or the policy need was missing or
//                 stale (a certificate, revocation list, TCB information...);
//   accepted      otherwise.
// Without a policy the vendor's rules alone decide: signatures and chain to the vendor's pinned root,
// revocation, TCB status up to date, no debugging. Whose code runs there is then for the caller to decide, by
// the claims; a policy does it in one place.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::attest {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using Time = std::chrono::sys_seconds;

// ---- Findings ----

enum class Outcome {
  kPassed,
  kFailed,         // the evidence is to be refused
  kMissing,        // could not be checked, because something that it needs was not given or is stale
  kNotApplicable,  // this evidence has no such property, or nobody asked
  kWarning,        // worth knowing; does not change the verdict
};

// What a check is about. `authentic` follows from kAuthenticity alone.
enum class Concern {
  kForm,
  kAuthenticity,  // signatures, chain to a pinned root, validity of its certificates
  kRevocation,    // a revoked certificate also ends authenticity; a missing list does not
  kTcb,           // is the platform's security version good enough
  kGuard,         // debugging, migration, privilege level: what the TEE itself permits
  kFreshness,     // nonce, report data
  kPolicy,
};

struct Finding {
  std::string check;  // stable, dotted: "quote.signature", "tcb.level", "policy.measurement"
  Concern concern;
  Outcome outcome;
  std::string why;  // one sentence for people
};

// ---- Claims ----

using ClaimValue = std::variant<bool, uint64_t, std::string, Bytes, std::vector<std::string>>;

// What evidence says, in one vocabulary over all vendors. A field that a TEE does not have is empty. The
// claims of evidence that is not authentic are what it pretends.
struct Claims {
  std::string tee;                   // "sgx", "tdx", "sev-snp", "nitro", "tpm", ...
  std::optional<Bytes> measurement;  // MRENCLAVE, MRTD, MEASUREMENT, PCR0
  std::optional<Bytes> signer;       // MRSIGNER, MRSIGNERSEAM is not one; IDKEYDIGEST, PCR8
  std::optional<uint64_t> product_id;
  std::optional<uint64_t> svn;
  std::optional<bool> debug;
  std::optional<Bytes> report_data;  // what the attested code bound into the evidence
  std::optional<Bytes> nonce;        // where the format has a field of its own for it
  std::optional<Bytes> hardware_id;  // chip, platform instance or module
  // The name of the pinned root that the chain ends at ("extra:NAME" for one of ExtraRoot); empty: none.
  std::string root;
  // The vendor's own, by the specification's names: "tdx.rtmr0", "snp.vmpl", "nitro.pcr3"...
  std::map<std::string, ClaimValue, std::less<>> vendor;
};

// ---- Result ----

// A certificate of a chain that was found, for people to look at; nothing is to be decided by it.
struct ChainCertificate {
  std::string subject, issuer;  // RFC 2253
  Time valid_from, valid_until;
  std::array<uint8_t, 32> key_fingerprint{};  // SHA-256 of the SubjectPublicKeyInfo
};
struct CertificateChain {
  std::string purpose;  // "pck", "key", "certificate", "tcb_info"...: what the findings' names begin with
  std::string root;     // as Claims::root
  std::vector<ChainCertificate> certificates;  // leaf first
};

enum class Verdict { kAccepted, kRefused, kMalformed, kUndetermined };

struct VerificationResult {
  std::string format;  // "sgx-quote-v3", "tdx-quote-v5", "snp-report-v2"...; empty where unknown
  Verdict verdict = Verdict::kMalformed;
  // Signatures and chain hold, apart from TCB, debugging and policy.
  bool authentic = false;
  // The vendor's word, for instance "UpToDate" or "OutOfDate"; empty where it has none or it was not found.
  std::string tcb_status;
  std::vector<std::string> advisories;  // sorted, each once
  Claims claims;
  std::vector<Finding> findings;
  std::vector<CertificateChain> chains;  // filled where VerificationOptions::keep_chains
  // Evidence inside of this evidence, each judged on its own; the verdict above covers it.
  std::vector<VerificationResult> layers;
};

std::string_view to_string(Outcome outcome);  // "passed", "failed", "missing", "not_applicable", "warning"
std::string_view to_string(Concern concern);  // "form", "authenticity", ...
std::string_view to_string(Verdict verdict);  // "accepted", "refused", "malformed", "undetermined"

// ---- Collateral ----

// What a piece of collateral was recognised as.
enum class CollateralKind {
  kCertificate,
  kRevocationList,
  kPublicKey,    // as kJsonWebKeys
  kJsonWebKeys,  // trusted because the caller gave them: issuers of tokens have no pinned root
  kIntelTcbInfo,
  kIntelEnclaveIdentity,
  kDocument,  // anything else, kept for formats that know what to do with it (key sets, RIMs, CoRIMs)
};
std::string_view to_string(CollateralKind kind);

struct CollateralContents;

// Certificates, revocation lists and vendors' signed documents that evidence is verified with. None of it is
// trusted for being here: certificates count by chaining to a pinned root, documents by their signatures;
// except bare public keys, which verify what has no chain (tokens of services; their root is called
// "given-keys"). Of several documents for one purpose the newest that is valid at the chosen time is used, so
// that adding an old one cannot roll back a newer.
class Collateral {
 public:
  Collateral();
  Collateral(Collateral&&) noexcept;
  Collateral& operator=(Collateral&&) noexcept;
  ~Collateral();

  // Recognises `content` by itself: PEM with any number of blocks, DER certificates one after the other, a
  // DER revocation list (all also as hexadecimal or base64 text), PCS JSON (TCB info, QE identities), one
  // platform's collateral in one file (JSON and YAML of dcap-qvl and its kin, Open Enclave's
  // endorsements, Intel's sgx_ql_qve_collateral_t, certificates from Azure's metadata service), JSON web keys
  // (of type "oct": secrets that are shared with the makers of MACs), other documents. `name` is for
  // findings. Returns what was found. Fails with kMalformed on bytes that claim to be one of these but are
  // not, and adds nothing then.
  Result<std::vector<CollateralKind>> add(ByteView content, std::string name);

  [[nodiscard]] const CollateralContents& contents() const { return *contents_; }

 private:
  friend Collateral join_carried(const Collateral* given, CollateralContents carried);
  std::unique_ptr<CollateralContents> contents_;
};

// ---- Policy ----

struct PolicyContents;

// Which evidence is accepted, as a TOML file says it. Everything is denied that no [[allow]] rule allows
// entirely:
//
//   version = 1
//
//   [[allow]]
//   name = "search service, release 1"
//   tee = ["sgx"]                           # required: sgx, tdx, sev-snp, nitro, tpm...
//   measurement = ["21f2..."]               # this or signer is required (or insecure_any_code = true)
//   signer = ["32dd..."]
//   product_id = [1]
//   minimum_svn = 2
//   report_data = ["00ff..."]               # whole values
//   tcb_status = ["UpToDate", "SWHardeningNeeded"]   # default: UpToDate alone
//   roots = ["intel-sgx-root", "lab"]       # default: the vendors' pinned roots
//   require_nonce = true                    # default false; the nonce itself comes with the call
//   require_revocation = true               # current lists for every chain, whatever the vendor demands
//   [[allow.advisory]]                      # advisories are refused unless named
//   id = "INTEL-SA-00615"
//   until = 2027-01-01T00:00:00Z            # optional: from then on refused again
//   [allow.claims]                          # the vendor's claims: one of these values; absent ones refuse
//   "snp.vmpl" = [0]
//   "nitro.pcr1" = ["bcdf..."]
//   [allow.minimum]                         # numbers: at least this
//   "snp.reported_tcb.microcode" = 219
//
//   [[root]]                                # roots beside the vendors', named by `roots`
//   name = "lab"
//   key_sha256 = "..."                      # of the SubjectPublicKeyInfo
//
// What weakens a rule begins with `insecure_`: insecure_debug, insecure_any_code, insecure_any_advisory,
// insecure_unrooted (development machines without a hardware root).
class Policy {
 public:
  // kMalformed names the line and what is allowed there; a key that is not known is an error.
  static Result<Policy> parse(std::string_view toml, std::string name);

  // What the policy accepts, in sentences for people.
  [[nodiscard]] std::string explain() const;
  // One line for every `insecure_` key that is on.
  [[nodiscard]] std::vector<std::string> weaknesses() const;

  [[nodiscard]] const PolicyContents& contents() const { return *contents_; }

 private:
  explicit Policy(std::shared_ptr<const PolicyContents> contents) : contents_(std::move(contents)) {}
  std::shared_ptr<const PolicyContents> contents_;
};

// ---- Verification ----

// Remembers between calls what does not change: parsed certificates, and which key has signed which
// certificate or document. Holds neither trust nor time. Safe to use from several threads at once; bounded.
class VerificationCache {
 public:
  VerificationCache();
  VerificationCache(const VerificationCache&) = delete;
  VerificationCache& operator=(const VerificationCache&) = delete;
  ~VerificationCache();

  struct State;
  [[nodiscard]] State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// A root to be trusted besides the vendors' own, for development and private hardware.
struct ExtraRoot {
  std::string name;
  std::array<uint8_t, 32> key_fingerprint;  // SHA-256 of the SubjectPublicKeyInfo
};

struct VerificationOptions {
  // When the evidence is judged; every validity is compared with it. Never taken from the evidence.
  Time time{};
  // Must be bound by the evidence: the format's nonce field, or the beginning of its report data.
  std::optional<Bytes> nonce;
  const Collateral* collateral = nullptr;  // not owned
  const Policy* policy = nullptr;          // not owned
  VerificationCache* cache = nullptr;      // not owned; optional
  std::vector<ExtraRoot> extra_roots;
  bool keep_chains = false;  // fill VerificationResult::chains
};

// Evidence as the vendor makes it, as hexadecimal or base64 text of that, or in the JSON of clouds and tools
// (docs/attest.md lists whose); a finding "wrapping..." says what was taken off. Never fails: what is wrong
// is in the result.
VerificationResult verify(ByteView evidence, const VerificationOptions& options);

// Decodes without judging: format and claims; verdict and findings say only whether the form is right.
VerificationResult decode(ByteView evidence);

}  // namespace strongroom::attest
