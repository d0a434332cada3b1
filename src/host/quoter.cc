#include "host/quoter.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "arch/quote_request.h"
#include "base/answer.h"
#include "base/socket.h"
#include "tee/sgx/quote_library.h"

namespace strongroom::host {
namespace {

using tee::sgx::QuoteLibrary;

constexpr size_t kLongestRequest = sizeof(uint32_t) + sizeof(arch::Report);

Result<Bytes> serve_request(ByteView request, const QuoteSource& source) {
  ByteReader reader(request);
  switch (static_cast<arch::QuoteRequest>(TRY(reader.little<uint32_t>("request")))) {
    case arch::QuoteRequest::kTargetInfo:
      TRY(reader.expect_end("request"));
      return to_bytes(object_bytes(TRY(source.target_info())));
    case arch::QuoteRequest::kQuote: {
      const auto report = TRY(reader.object<arch::Report>("REPORT"));
      TRY(reader.expect_end("request"));
      return source.quote(report);
    }
  }
  return fail(ErrorCode::kUnsupported, "this host does not know the request; it is older than the enclave");
}

// Loaded once it is asked for, and asked for again where it was not there: it may be installed by then.
class LoadedLater {
 public:
  Result<QuoteLibrary*> get() {
    if (!library_) library_ = TRY(QuoteLibrary::load(tee::sgx::quote_library_file()));
    return &*library_;
  }

 private:
  std::optional<QuoteLibrary> library_;
};

// Intel's library loads the quoting enclave itself, which needs the provisioning key; where this user may not
// have it, aesmd does it for those who set this variable.
void choose_quoting_process() {
  if (access("/dev/sgx_provision", R_OK | W_OK) != 0 && access("/var/run/aesmd/aesm.socket", W_OK) == 0)
    setenv("SGX_AESM_ADDR", "1", 0);
}

[[noreturn]] void serve(int socket, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
  prctl(PR_SET_NAME, "strongroom-quoter");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // The library may wait for processes of its own.
  signal(SIGCHLD, SIG_DFL);
  choose_quoting_process();
  LoadedLater library;
  const QuoteSource source{
      .target_info = [&]() -> Result<arch::TargetInfo> { return TRY(library.get())->target_info(); },
      .quote = [&](const arch::Report& report) -> Result<Bytes> {
        return TRY(library.get())->quote(report);
      }};
  while (true) {
    const auto packet = receive_bytes(socket, kLongestRequest, "the enclave's process");
    if (!packet || !*packet) _exit(0);
    if (!send_bytes(socket, answer_quote_request((*packet)->bytes, source), {}, "the enclave's process"))
      _exit(0);
  }
}

}  // namespace

Bytes answer_quote_request(ByteView request, const QuoteSource& source) {
  return encode_answer(serve_request(request, source));
}

Result<FileDescriptor> start_quoter() {
  auto [ours, theirs] = TRY(SocketPair::create("the enclave's socket to the quoter"));
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create the quoter", errno);
  if (child == 0) {
    close_all_but(theirs.get());
    (void)ours.release();
    serve(theirs.get(), parent);
  }
  return std::move(ours);
}

}  // namespace strongroom::host
