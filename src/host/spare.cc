#include "host/spare.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "host/enclave_process.h"

namespace strongroom::host {

Result<SpareEnclave> SpareEnclave::create(uint64_t image, const tee::PreparedImage& prepared,
                                          tee::TeeKind tee, const FileDescriptor& keeper,
                                          const std::function<void()>& forget) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("cannot create a spare enclave's socket", errno);
  FileDescriptor ours(ends[0]);
  FileDescriptor theirs(ends[1]);
  const int parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail_errno("cannot create a process for a spare enclave", errno);
  if (child > 0) return SpareEnclave(image, tee, std::move(ours));
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  forget();
  ours.reset();
  run_spare_process(prepared, tee, theirs, keeper);
}

bool SpareEnclave::fits(const Launch& launch) const {
  return launch.image == image_ && launch.request.tee == tee_ && !launch.request.debug &&
         launch.request.call_area_size == 0;
}

bool SpareEnclave::use(const Launch& launch, const std::vector<FileDescriptor>& files) const {
  std::vector<int> numbers;
  for (const FileDescriptor& file : files) numbers.push_back(file.get());
  return send_packet(socket_.get(), launch, numbers).has_value();
}

}  // namespace strongroom::host
