#include "enclave/keeper.h"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>

#include "arch/key_request.h"
#include "arch/leaf.h"
#include "base/answer.h"
#include "enclave/own_call.h"
#include "enclave/quote.h"

namespace strongroom::enclave {
namespace {

Result<Bytes> ask_outside(ByteView request) {
  Bytes answer(arch::kMaximumKeeperMessage);
  const long size = syscall(static_cast<long>(arch::OwnCall::kAskKeeper), request.data(), request.size(),
                            answer.data(), answer.size());
  if (size < 0) return fail_errno("the host does not let the keeper answer", errno);
  answer.resize(static_cast<size_t>(size));
  return answer;
}

class LaunchingKeeper : public Keeper {
 public:
  Result<Bytes> ask(ByteView request) override {
    const std::lock_guard lock(mutex_);
    if (!link_) TRY(connect());
    const Bytes answer = TRY(ask_outside(link_->wrap(request)));
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

// Where the processor itself makes reports and keys, nobody else is asked; for evidence, the host has its
// report made a quote.
class ProcessorKeeper : public Keeper, private QuoteParties {
 public:
  Result<Bytes> ask(ByteView request) override {
    ByteReader reader(request);
    switch (static_cast<arch::KeeperRequest>(TRY(reader.little<uint32_t>("request")))) {
      case arch::KeeperRequest::kReport: {
        const auto target = TRY(reader.object<arch::TargetInfo>("TARGETINFO"));
        const auto made = TRY(report(target, TRY(reader.array<sizeof(arch::ReportData)>("REPORTDATA"))));
        return answer(object_bytes(made));
      }
      case arch::KeeperRequest::kKey:
        return key(TRY(reader.object<arch::KeyRequest>("KEYREQUEST")));
      case arch::KeeperRequest::kEvidence:
        return answer(TRY(make_quote_token(*this, reader)));
      default:
        return fail(ErrorCode::kUnsupported,
                    "SGX has no monotonic counters; keep the state at a service that cannot be set back");
    }
  }

  // What the kernel says of this enclave's processor: ENODEV in TEEs without one, ENOSYS outside an enclave.
  static bool is_there() {
    arch::Report out;
    return report_leaf({}, {}, out) == 0;
  }

 private:
  Result<Bytes> ask_host(ByteView request) override { return ask_outside(request); }
  Result<arch::Report> report(const arch::TargetInfo& target, const arch::ReportData& data) override {
    arch::Report out{};
    TRY(succeeded(report_leaf(target, data, out)));
    return out;
  }

  static int64_t report_leaf(const arch::TargetInfo& target, const arch::ReportData& data,
                             arch::Report& out) {
    return own_call<arch::OwnCall::kReport>(reinterpret_cast<uint64_t>(&target),
                                            reinterpret_cast<uint64_t>(data.data()),
                                            reinterpret_cast<uint64_t>(&out));
  }
  static Result<Bytes> key(const arch::KeyRequest& request) {
    std::array<uint8_t, arch::kKeySize> out{};
    const int64_t status = own_call<arch::OwnCall::kKey>(reinterpret_cast<uint64_t>(&request),
                                                         reinterpret_cast<uint64_t>(out.data()));
    TRY(succeeded(status));
    Bytes bytes = answer(out);
    wipe(out);
    return bytes;
  }

  static Result<void> succeeded(int64_t status) {
    if (status == 0) return {};
    if (status < 0) return fail_errno("the kernel refuses a report or key", static_cast<int>(-status));
    switch (static_cast<arch::LeafStatus>(status)) {
      case arch::LeafStatus::kInvalidAttribute:
        return fail(ErrorCode::kPermissionDenied, "the enclave's attributes do not permit this key");
      case arch::LeafStatus::kInvalidCpuSvn:
      case arch::LeafStatus::kInvalidIsvSvn:
        return fail(ErrorCode::kPermissionDenied,
                    "the key belongs to a later security version of the processor or the enclave");
      default:
        return fail(ErrorCode::kInvalidArgument,
                    "the processor refuses the request: unknown bits, or a key that it does not have");
    }
  }
  static Bytes answer(ByteView content) { return encode_answer(to_bytes(content)); }
};

Keeper* substitute = nullptr;

}  // namespace

Keeper& keeper() {
  if (substitute != nullptr) return *substitute;
  static LaunchingKeeper launching;
  static ProcessorKeeper processor;
  static const bool has_processor = ProcessorKeeper::is_there();
  return has_processor ? static_cast<Keeper&>(processor) : launching;
}

void substitute_keeper(Keeper* keeper) {
  substitute = keeper;
}

Result<Bytes> ask_keeper(arch::KeeperRequest kind, ByteView arguments) {
  Bytes request = ByteWriter().little(static_cast<uint32_t>(kind)).bytes(arguments).take();
  Bytes answer = TRY(keeper().ask(request));
  auto out = decode_answer(answer, "the keeper");
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
