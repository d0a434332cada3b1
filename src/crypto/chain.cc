#include "crypto/chain.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::crypto {
namespace {

constexpr size_t kMaximumLength = 8;
constexpr int kMaximumSignatureChecks = 64;
constexpr int kLeastStrength = 112;  // bits

// A depth-first search; the path is `chain_`.
class Search {
 public:
  Search(std::span<const Certificate> candidates, std::span<const TrustedKey> roots, Time time,
         SignatureCache* cache)
      : candidates_(candidates), roots_(roots), time_(time), cache_(cache) {}

  Result<Chain> from(const Certificate& leaf) {
    if (leaf.unknown_critical_extension())
      return fail(ErrorCode::kVerificationFailed,
                  fmt::format("{}: critical extension {} is not understood", leaf.subject(),
                              *leaf.unknown_critical_extension()));
    path_.push_back(leaf);
    extend();
    if (current_) return std::move(*current_);
    if (any_) return std::move(*any_);
    return tl::unexpected<Error>(why_);
  }

 private:
  // Notes why this branch ended; what came closest to a root is kept, and a wrong signature before a gap.
  void blame(ErrorCode code, std::string message) {
    if (!why_.message.empty() && (path_.size() < depth_ || (path_.size() == depth_ && code != why_.code &&
                                                            why_.code == ErrorCode::kVerificationFailed)))
      return;
    depth_ = path_.size();
    why_ = Error{code, std::move(message)};
  }

  const TrustedKey* trusted(const Certificate& certificate) const {
    for (const TrustedKey& root : roots_)
      if (root.fingerprint == certificate.key_fingerprint()) return &root;
    return nullptr;
  }

  // `issuer` may stand above the path as RFC 5280 section 6.1.4 (k) to (o) demands.
  bool may_issue(const Certificate& issuer) {
    const std::string& name = issuer.subject();
    if (!issuer.is_authority()) {
      blame(ErrorCode::kVerificationFailed, name + " is no certificate authority");
      return false;
    }
    if (!issuer.may_sign_certificates()) {
      blame(ErrorCode::kVerificationFailed, name + " may not sign certificates");
      return false;
    }
    if (issuer.unknown_critical_extension()) {
      blame(ErrorCode::kVerificationFailed, fmt::format("{}: critical extension {} is not understood", name,
                                                        *issuer.unknown_critical_extension()));
      return false;
    }
    if (issuer.path_length() && path_.size() - 1 > *issuer.path_length()) {
      blame(ErrorCode::kVerificationFailed, name + " may not stand so far above the leaf");
      return false;
    }
    return true;
  }

  bool signed_by(const Certificate& certificate, const Certificate& issuer) {
    if (++checks_ > kMaximumSignatureChecks) {
      blame(ErrorCode::kVerificationFailed, "too many certificates with the same names");
      return false;
    }
    if (!certificate.self_issued() &&
        (certificate.signature_strength() < kLeastStrength || issuer.key().strength() < kLeastStrength)) {
      blame(ErrorCode::kVerificationFailed,
            fmt::format("the signature on {} is of a strength that no longer holds", certificate.subject()));
      return false;
    }
    if (holds(cache_, certificate.fingerprint(), issuer.key_fingerprint(),
              [&] { return certificate.is_signed_by(issuer); }))
      return true;
    blame(ErrorCode::kVerificationFailed,
          fmt::format("the signature on {} does not verify with the key of {}", certificate.subject(),
                      issuer.subject()));
    return false;
  }

  void finish(const TrustedKey& root) {
    Chain chain{path_, root.name};
    if (check_validity(chain, time_)) {
      current_ = std::move(chain);
    } else if (!any_) {
      any_ = std::move(chain);
    }
  }

  void extend() {
    const Certificate top = path_.back();
    if (path_.size() > 1) {
      if (const TrustedKey* root = trusted(top)) {
        // The key is trusted; its certificate's name and dates only if the key signed them.
        if (top.self_issued() ? signed_by(top, top) : root->form == RootForm::kAny) {
          finish(*root);
        } else if (!top.self_issued()) {
          blame(ErrorCode::kVerificationFailed,
                fmt::format("the certificate of {} at hand is not its own", root->name));
        }
        return;
      }
      if (top.self_issued()) {
        blame(ErrorCode::kVerificationFailed,
              fmt::format("the chain ends at {}, which is no trusted root", top.subject()));
        return;
      }
    }
    if (path_.size() == kMaximumLength) {
      blame(ErrorCode::kVerificationFailed, "the chain is too long");
      return;
    }
    bool found = false;
    for (const bool valid_ones : {true, false}) {
      for (const Certificate& issuer : candidates_) {
        if (current_ || checks_ > kMaximumSignatureChecks) return;
        if (issuer.validity().contains(time_) != valid_ones || !top.names_issuer(issuer) || on_path(issuer))
          continue;
        found = true;
        if (!may_issue(issuer) || !signed_by(top, issuer)) continue;
        path_.push_back(issuer);
        extend();
        path_.pop_back();
      }
    }
    if (!found)
      blame(ErrorCode::kNotFound, fmt::format("the certificate of {}, which issued {}, is not at hand",
                                              top.issuer(), top.subject()));
  }

  bool on_path(const Certificate& certificate) const {
    return std::any_of(path_.begin(), path_.end(), [&](const Certificate& other) {
      return other.fingerprint() == certificate.fingerprint();
    });
  }

  std::span<const Certificate> candidates_;
  std::span<const TrustedKey> roots_;
  Time time_;
  SignatureCache* cache_;
  std::vector<Certificate> path_;
  std::optional<Chain> current_, any_;
  Error why_;
  size_t depth_ = 0;
  int checks_ = 0;
};

}  // namespace

Result<Chain> build_chain(const Certificate& leaf, std::span<const Certificate> candidates,
                          std::span<const TrustedKey> roots, Time time, SignatureCache* cache) {
  return Search(candidates, roots, time, cache).from(leaf);
}

Result<void> check_validity(const Chain& chain, Time time) {
  for (const Certificate& certificate : chain.certificates) {
    const Period& period = certificate.validity();
    if (time < period.from)
      return fail(ErrorCode::kVerificationFailed,
                  fmt::format("{} is valid only from {}", certificate.subject(), time_text(period.from)));
    if (time > period.until)
      return fail(ErrorCode::kVerificationFailed,
                  fmt::format("{} expired at {}", certificate.subject(), time_text(period.until)));
  }
  return {};
}

RevocationResult check_revocation(const Chain& chain, std::span<const RevocationList> lists, Time time,
                                  SignatureCache* cache) {
  RevocationResult worst{Revocation::kGood, "no certificate of the chain is revoked"};
  for (size_t i = 0; i + 1 < chain.certificates.size(); ++i) {
    const Certificate& certificate = chain.certificates[i];
    const Certificate& authority = chain.certificates[i + 1];
    bool current = false, any = false, forged = false;
    for (const RevocationList& list : lists) {
      if (!list.names_issuer(authority)) continue;
      if (!holds(cache, list.fingerprint(), authority.key_fingerprint(),
                 [&] { return list.is_signed_by(authority); })) {
        forged = true;
        continue;
      }
      if (list.lists(certificate))
        return {Revocation::kRevoked,
                fmt::format("{} is revoked by {}", certificate.subject(), list.issuer())};
      any = true;
      current = current || list.validity().contains(time);
    }
    if (current) continue;
    if (any) {
      if (worst.state != Revocation::kMissing)
        worst = {Revocation::kStale, fmt::format("no revocation list of {} is current at {}",
                                                 authority.subject(), time_text(time))};
    } else {
      const std::string& name = authority.subject();
      worst = {Revocation::kMissing,
               forged ? fmt::format("the revocation list that names {} does not bear its signature", name)
                      : fmt::format("no revocation list of {}", name)};
    }
  }
  return worst;
}

std::string time_text(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace strongroom::crypto
