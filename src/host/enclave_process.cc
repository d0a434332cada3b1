#include "host/enclave_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "host/protocol.h"

namespace strongroom::host {

void run_enclave_process(const tee::PreparedImage& image, tee::LaunchRequest request,
                         std::vector<FileDescriptor> files) {
  // The enclave's end is waited for here, unlike in the keeper; and a reader that goes away is an errno of
  // the enclave's write.
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  const int events = files[3].get();
  bool started = false;
  const tee::Streams streams{files[0].get(), files[1].get(), files[2].get()};
  const tee::LaunchObserver observer{
      .kill_switch = events,
      .started =
          [&](int process_id, const std::vector<std::string>& warnings) {
            started = true;
            (void)send_packet(events, Started{process_id, warnings});
          },
  };
  Result<tee::EnclaveEnd> end = request.tee == tee::TeeKind::kVm
                                    ? tee::run_in_vm(image, request, streams, observer)
                                    : tee::run_in_process(image, request, streams, observer);
  if (end)
    (void)send_packet(events, Ended{*end});
  else if (started)
    (void)send_packet(events, Ended{{.kind = tee::EndKind::kFailed, .message = end.error().message}});
  else
    (void)send_packet(events, Refused{end.error().code, end.error().message});
  _exit(0);
}

}  // namespace strongroom::host
