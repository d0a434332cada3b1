#include "host/enclave_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "host/protocol.h"

namespace strongroom::host {

namespace {

[[noreturn]] void run(Result<std::unique_ptr<tee::ReadyEnclave>>& enclave, const tee::LaunchRequest& request,
                      std::vector<FileDescriptor> files, int keeper) {
  const int events = files[3].get();
  bool started = false;
  const tee::Streams streams{files[0].get(), files[1].get(), files[2].get(), keeper};
  const tee::LaunchObserver observer{
      .kill_switch = events,
      .started =
          [&](int process_id, const std::vector<std::string>& warnings) {
            started = true;
            std::vector<int> shared;
            if (request.call_area >= 0) shared.push_back(request.call_area);
            (void)send_packet(events, Started{process_id, warnings}, shared);
          },
  };
  const Result<tee::EnclaveEnd> end =
      enclave ? (*enclave)->run(request, streams, observer) : tl::unexpected<Error>(enclave.error());
  if (end)
    (void)send_packet(events, Ended{*end});
  else if (started)
    (void)send_packet(events, Ended{{.kind = tee::EndKind::kFailed, .message = end.error().message}});
  else
    (void)send_packet(events, Refused{end.error().code, end.error().message});
  _exit(0);
}

// The enclave's end is waited for here, unlike in the keeper; and a reader that goes away is an errno of the
// enclave's write.
void take_signals() {
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

void run_enclave_process(const tee::PreparedImage& image, tee::LaunchRequest request,
                         std::vector<FileDescriptor> files, const FileDescriptor& keeper) {
  take_signals();
  request.keeper = keeper.get();
  Result<std::unique_ptr<tee::ReadyEnclave>> enclave = fail(ErrorCode::kInternal, "not made");
  FileDescriptor call_area;
  if (auto created = tee::create_call_area(request.call_area_size)) {
    call_area = std::move(*created);
    request.call_area = call_area.get();
    enclave = tee::make_ready(image, request);
  } else {
    enclave = tl::unexpected<Error>(created.error());
  }
  run(enclave, request, std::move(files), keeper.get());
}

void run_spare_process(const tee::PreparedImage& image, tee::TeeKind tee, const FileDescriptor& socket,
                       const FileDescriptor& keeper) {
  take_signals();
  auto enclave = tee::make_ready(image, {.tee = tee, .keeper = keeper.get()});
  if (!enclave || !(*enclave)->warm_up()) _exit(1);
  auto packet = receive_packet(socket.get());
  if (!packet || !*packet) _exit(0);
  const auto* launch = std::get_if<Launch>(&(*packet)->message);
  if (launch == nullptr || (*packet)->files.size() != kMostFiles) _exit(1);
  run(enclave, launch->request, std::move((*packet)->files), keeper.get());
}

}  // namespace strongroom::host
