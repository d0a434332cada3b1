#include "host/keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/enclave_process.h"
#include "image/image_file.h"
#include "tee/launch.h"

namespace strongroom::host {
namespace {

Result<Bytes> read_image(const FileDescriptor& file) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return fail_errno("cannot read the image", errno);
  if (status.st_size < 0 || static_cast<uint64_t>(status.st_size) > image::kMaximumImage)
    return fail(ErrorCode::kResourceExhausted, "the image is too large");
  // A copy of our own: what is measured is what runs, whatever the application does to the file meanwhile.
  Bytes bytes(static_cast<size_t>(status.st_size));
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count =
        pread(file.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail_errno("cannot read the image", count == 0 ? EIO : errno);
    done += static_cast<size_t>(count);
  }
  return bytes;
}

Result<void> check_policy(const tee::ImageIdentity& identity, const Launch& launch) {
  if (!identity.is_signed && !launch.allow_unsigned)
    return fail(ErrorCode::kVerificationFailed,
                "the image is not signed; sign it with `strongroom sign`, or allow unsigned images");
  if (launch.request.debug && !identity.debug_permitted)
    return fail(
        ErrorCode::kVerificationFailed,
        "the image does not permit debugging; set debug = true in its manifest, build and sign it again");
  if (launch.request.wait_for_debugger && !launch.request.debug)
    return fail(ErrorCode::kInvalidArgument,
                "a production enclave refuses debuggers, so it cannot wait for one; launch it for debugging");
  if (launch.request.wait_for_debugger && launch.request.tee != tee::TeeKind::kProcess)
    return fail(ErrorCode::kUnsupported, "gdb works in `process` only; launch the enclave there");
  if (!launch.request.debug && !identity.production_permitted)
    return fail(ErrorCode::kVerificationFailed,
                "the image is signed for debugging only; run it with --debug");
  return {};
}

}  // namespace

Result<uint64_t> Keeper::load(Packet packet) {
  if (packet.files.size() != 1) return fail(ErrorCode::kMalformed, "an image was announced but not given");
  auto image =
      std::make_unique<tee::PreparedImage>(TRY(tee::prepare_image(TRY(read_image(packet.files[0])))));
  images_[++last_image_] = std::move(image);
  return last_image_;
}

void Keeper::launch(Launch launch, std::vector<FileDescriptor> files) {
  if (files.size() != kMostFiles) return;  // nobody to tell
  const int events = files[3].get();
  const auto refuse = [&](const Error& error) {
    (void)send_packet(events, Refused{error.code, error.message});
  };
  const auto found = images_.find(launch.image);
  if (found == images_.end()) return refuse({ErrorCode::kNotFound, "the keeper does not know this image"});
  if (auto permitted = check_policy(found->second->identity, launch); !permitted)
    return refuse(permitted.error());
  remember(launch);
  if (!vault_.is_alive()) spare_.reset();  // it shares its secret with a process that is dead
  if (spare_ && spare_->fits(launch)) {
    const SpareEnclave spare = std::move(*spare_);
    spare_.reset();
    if (spare.use(launch, files)) return;
  }
  launch_cold(*found->second, launch, std::move(files));
}

void Keeper::launch_cold(const tee::PreparedImage& image, const Launch& launch,
                         std::vector<FileDescriptor> files) {
  const auto refuse = [&](const Error& error) {
    (void)send_packet(files[3].get(), Refused{error.code, error.message});
  };
  auto vault = admit(image, launch.request.tee, launch.request.debug);
  if (!vault) return refuse(vault.error());
  tee::learn_machine(launch.request.tee);
  const int keeper = getpid();
  const pid_t child = fork();
  if (child < 0) {
    const auto error = fail_errno("cannot create a process for the enclave", errno).value();
    (void)send_packet(files[3].get(), Refused{error.code, error.message});
  }
  if (child != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(1);
  control_.reset();
  spare_.reset();
  vault_.forget();
  run_enclave_process(image, launch.request, std::move(files), *vault);
}

Result<FileDescriptor> Keeper::admit(const tee::PreparedImage& image, tee::TeeKind tee, bool debug) {
  if (tee == tee::TeeKind::kSgx) return FileDescriptor();
  return vault_.admit(TRY(admission_of(image, tee, debug)));
}

void Keeper::remember(const Launch& launch) {
  const bool same = habit_.image == launch.image && habit_.tee == launch.request.tee;
  habit_ = {launch.image, launch.request.tee, same && launch.spare && !launch.request.debug};
  if (spare_ && !(habit_.repeated && spare_->fits(launch))) spare_.reset();
}

bool Keeper::is_idle() const {
  constexpr int kMoment = 2;
  pollfd file{control_.get(), POLLIN, 0};
  return poll(&file, 1, kMoment) == 0;
}

void Keeper::make_spare() {
  const auto found = images_.find(habit_.image);
  if (found == images_.end()) return;
  tee::learn_machine(habit_.tee);
  auto keeper = admit(*found->second, habit_.tee, false);
  if (!keeper) {
    habit_.repeated = false;
    return;
  }
  auto made = SpareEnclave::create(habit_.image, *found->second, habit_.tee, *keeper, [this] {
    control_.reset();
    vault_.forget();
  });
  // Without one, launches take longer: no more.
  if (made)
    spare_ = std::move(*made);
  else
    habit_.repeated = false;
}

Result<void> Keeper::handle(Packet packet) {
  if (std::holds_alternative<Load>(packet.message)) {
    const Result<uint64_t> image = load(std::move(packet));
    if (image) return send_packet(control_.get(), Loaded{*image});
    return send_packet(control_.get(), Refused{image.error().code, image.error().message});
  }
  if (auto* request = std::get_if<Launch>(&packet.message)) {
    launch(std::move(*request), std::move(packet.files));
    return {};
  }
  if (const auto* request = std::get_if<Forget>(&packet.message)) {
    if (spare_ && spare_->image() == request->image) spare_.reset();
    if (habit_.image == request->image) habit_ = {};
    images_.erase(request->image);
    return {};
  }
  return fail(ErrorCode::kMalformed, "keeper protocol: an application does not send this message");
}

Result<void> Keeper::serve() {
  // Nobody waits for the enclaves' processes; they tell the application themselves.
  signal(SIGCHLD, SIG_IGN);
  while (true) {
    if (habit_.repeated && !spare_ && is_idle()) make_spare();
    auto packet = TRY(receive_packet(control_.get()));
    if (!packet) return {};
    TRY(handle(std::move(*packet)));
  }
}

}  // namespace strongroom::host
