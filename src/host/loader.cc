#include "host/loader.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "host/holder.h"
#include "host/image_key.h"
#include "host/vault/admission.h"
#include "image/image_file.h"

namespace strongroom::host {
namespace {

Result<Bytes> read_image(const FileDescriptor& file) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return fail_errno("cannot read the image", errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalidArgument, "the image is no regular file");
  if (status.st_size < 0 || static_cast<uint64_t>(status.st_size) > image::kMaximumImage)
    return fail(ErrorCode::kResourceExhausted, "the image is too large");
  // A copy of our own: what is measured is what runs, whatever the application does to the file meanwhile.
  Bytes bytes(static_cast<size_t>(status.st_size));
  TRY_IN("cannot take the image", read_all(file.get(), 0, bytes));
  return bytes;
}

Result<Prepared> describe(const tee::PreparedImage& image) {
  const tee::ImageIdentity& identity = image.identity;
  Prepared out{.key = image_key(image.view, identity.measurement),
               .file_size = image.file.size(),
               .memory = image.view.header().arena.size,
               .is_signed = identity.is_signed,
               .debug_permitted = identity.debug_permitted,
               .production_permitted = identity.production_permitted};
  for (const tee::PrivateSegment& segment : image.private_segments) out.memory += segment.size;
  out.identity = TRY(identity_of(image, !identity.production_permitted));
  return out;
}

// Forks a process that ends with this one, and runs `work` in it.
bool fork_child(const std::function<void()>& work) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child > 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent) work();
  _exit(1);
}

void name_process(const char* name) {
  prctl(PR_SET_NAME, name);
}

[[noreturn]] void run_loader(FileDescriptor keeper) {
  auto load = receive_packet(keeper.get());
  if (!load || !*load || (*load)->files.size() != 1) _exit(1);
  const auto answer = [&]() -> Result<tee::PreparedImage> {
    auto image = TRY(tee::prepare_image(TRY(read_image((*load)->files[0]))));
    const Prepared prepared = TRY(describe(image));
    TRY(send_packet(keeper.get(), prepared));
    return image;
  }();
  if (!answer) {
    (void)send_packet(keeper.get(), refusal(answer.error()));
    _exit(0);
  }
  (*load)->files.clear();
  while (true) {
    auto packet = receive_packet(keeper.get());
    if (!packet || !*packet) _exit(0);
    const auto* make = std::get_if<Make>(&(*packet)->message);
    auto& files = (*packet)->files;
    if (make == nullptr || files.size() != 2) _exit(1);
    tee::learn_machine(make->tee);
    // Where it fails the holder's socket closes, and the keeper sees that.
    fork_child([&] {
      keeper.reset();
      name_process("strongroom-keeper");
      run_holder(*answer, *make, files[0], files[1]);
    });
  }
}

[[noreturn]] void run_nursery(const FileDescriptor& keeper) {
  name_process("strongroom-loader");
  // Nobody waits for loaders and holders: who cares for them has a socket to them.
  signal(SIGCHLD, SIG_IGN);
  while (true) {
    auto packet = receive_bytes(keeper.get(), 1, "the keeper");
    if (!packet || !*packet || (*packet)->files.size() != 1) _exit(0);
    fork_child([&] {
      close(keeper.get());
      run_loader(std::move((*packet)->files[0]));
    });
  }
}

}  // namespace

Result<Nursery> Nursery::start(bool learn) {
  auto pair = TRY(SocketPair::create("the loaders' socket"));
  const bool forked = fork_child([&] {
    close_all_but(pair.theirs.get());
    if (learn)
      for (const tee::TeeKind tee : {tee::TeeKind::kProcess, tee::TeeKind::kVm}) tee::learn_machine(tee);
    run_nursery(pair.theirs);
  });
  if (!forked) return fail_errno("cannot create a process for loaders", errno);
  return Nursery(std::move(pair.ours));
}

Result<FileDescriptor> Nursery::create_loader() const {
  auto pair = TRY(SocketPair::create("a loader's socket"));
  const int file = pair.theirs.get();
  TRY(send_bytes(socket_.get(), as_bytes("L"), std::span(&file, 1), "the process of loaders"));
  return std::move(pair.ours);
}

}  // namespace strongroom::host
