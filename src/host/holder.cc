#include "host/holder.h"

#include <signal.h>
#include <unistd.h>

#include "tee/console_log.h"

namespace strongroom::host {
namespace {

struct Parts {
  FileDescriptor call_area;
  tee::ConsoleLog log;
  std::unique_ptr<tee::ReadyEnclave> enclave;
};

Result<Parts> make_parts(const tee::PreparedImage& image, const Make& make, const FileDescriptor& vault) {
  auto call_area = TRY(tee::create_call_area(make.call_area_size));
  auto log = TRY(tee::ConsoleLog::create());
  auto enclave = TRY(tee::make_ready(image, {.tee = make.tee,
                                             .debug = make.debug,
                                             .wait_for_debugger = make.wait_for_debugger,
                                             .call_area_size = make.call_area_size,
                                             .call_area = call_area.get(),
                                             .keeper = vault.get(),
                                             .ahead = make.spare}));
  if (make.spare) TRY(enclave->warm_up());
  return Parts{std::move(call_area), std::move(log), std::move(enclave)};
}

// Launch with its files, or the end of this process.
Packet receive_launch(int keeper) {
  auto packet = receive_packet(keeper);
  if (!packet || !*packet) _exit(0);
  if (!std::holds_alternative<Launch>((*packet)->message) || (*packet)->files.size() != kLaunchFiles)
    _exit(1);
  return std::move(**packet);
}

// To the keeper, without the call area, which is none of its business; and to the application, which may be
// gone then.
void tell(const Packet& launch, const FileDescriptor& keeper, const Message& message,
          const std::vector<int>& files = {}) {
  (void)send_packet(keeper.get(), message, std::span(files).first(files.empty() ? 0 : 1));
  (void)send_packet(launch.files[3].get(), message, files);
}

[[noreturn]] void run(const Packet& launch, Result<Parts> parts, bool is_spare, const FileDescriptor& keeper,
                      const FileDescriptor& vault) {
  if (!parts) {
    tell(launch, keeper, refusal(parts.error()));
    _exit(0);
  }
  const auto& files = launch.files;
  bool started = false;
  const tee::Streams streams{files[0].get(), files[1].get(), files[2].get(), vault.get(), &parts->log};
  const tee::LaunchObserver observer{
      .kill_switches = {files[3].get(), keeper.get()},
      .started =
          [&](int process_id, const std::vector<std::string>& warnings) {
            started = true;
            std::vector<int> shared{parts->log.file().get()};
            if (parts->call_area.valid()) shared.push_back(parts->call_area.get());
            tell(launch, keeper, Started{process_id, warnings, is_spare}, shared);
          },
  };
  const auto end = parts->enclave->run(std::get<Launch>(launch.message).request, streams, observer);
  if (end)
    tell(launch, keeper, Ended{*end});
  else if (started)
    tell(launch, keeper, Ended{{.kind = tee::EndKind::kFailed, .message = end.error().message}});
  else
    tell(launch, keeper, refusal(end.error()));
  if (end) parts->enclave->wait_until_gone();
  _exit(0);
}

}  // namespace

void run_holder(const tee::PreparedImage& image, const Make& make, const FileDescriptor& keeper,
                const FileDescriptor& vault) {
  // The enclave's end is waited for here, unlike in the loader; and a reader that goes away is an errno of
  // the enclave's write.
  signal(SIGCHLD, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  if (make.spare) {
    auto parts = make_parts(image, make, vault);
    if (!parts) _exit(1);
    const Packet launch = receive_launch(keeper.get());
    run(launch, std::move(parts), true, keeper, vault);
  }
  const Packet launch = receive_launch(keeper.get());
  run(launch, make_parts(image, make, vault), false, keeper, vault);
}

}  // namespace strongroom::host
