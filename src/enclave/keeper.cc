#include "enclave/keeper.h"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>

namespace strongroom::enclave {
namespace {

class LaunchingKeeper : public Keeper {
 public:
  Result<Bytes> ask(ByteView request) override {
    const std::lock_guard lock(mutex_);
    if (!link_) TRY(connect());
    const Bytes wrapped = link_->wrap(request);
    Bytes answer(arch::kMaximumKeeperMessage);
    const long size = syscall(static_cast<long>(arch::OwnCall::kAskKeeper), wrapped.data(), wrapped.size(),
                              answer.data(), answer.size());
    if (size < 0) return fail_errno("the host does not let the keeper answer", errno);
    answer.resize(static_cast<size_t>(size));
    return link_->unwrap(answer);
  }

 private:
  Result<void> connect() {
    arch::LaunchSecret secret;
    if (syscall(static_cast<long>(arch::OwnCall::kLaunchSecret), secret.data()) != 0) {
      if (errno == ENODEV) return fail(ErrorCode::kUnavailable, "this enclave was launched without a keeper");
      return fail(ErrorCode::kUnsupported,
                  "this program does not run in an enclave; start it by `strongroom run`");
    }
    link_.emplace(secret);
    wipe(secret);
    return {};
  }

  std::mutex mutex_;
  std::optional<arch::KeeperLinkAsker> link_;
};

Keeper* substitute = nullptr;

}  // namespace

Keeper& keeper() {
  static LaunchingKeeper launching;
  return substitute != nullptr ? *substitute : launching;
}

void substitute_keeper(Keeper* keeper) {
  substitute = keeper;
}

Result<Bytes> ask_keeper(arch::KeeperRequest kind, ByteView arguments) {
  Bytes request = ByteWriter().little(static_cast<uint32_t>(kind)).bytes(arguments).take();
  Bytes answer = TRY(keeper().ask(request));
  ByteReader reader(answer);
  const uint32_t status = TRY(reader.little<uint32_t>("the keeper's answer"));
  if (status > 1 + static_cast<uint32_t>(ErrorCode::kInternal))
    return fail(ErrorCode::kInternal, "the keeper failed");
  if (status != 0) return fail(static_cast<ErrorCode>(status - 1), std::string(as_text(reader.rest())));
  Bytes out = to_bytes(reader.rest());
  wipe(answer);
  return out;
}

Result<arch::ReportBody> own_description() {
  // A report for nobody: its MAC is of no use, its body says who asked.
  const Bytes arguments(sizeof(arch::TargetInfo) + sizeof(arch::ReportBody::report_data));
  const Bytes answer = TRY(ask_keeper(arch::KeeperRequest::kReport, arguments));
  ByteReader reader(answer);
  return TRY(reader.object<arch::Report>("REPORT")).body;
}

}  // namespace strongroom::enclave
