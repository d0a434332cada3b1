// The life of the process that holds one enclave, from fork to end.
#pragma once

#include "base/file.h"
#include "tee/launch.h"

namespace strongroom::host {

// In a freshly forked child of the keeper. `files`: input, output, error, the event socket. `keeper`: the
// enclave's socket to the vault. Tells the application Started and Ended, or Refused, on the event socket.
// Ends the enclave when the application closes its end.
[[noreturn]] void run_enclave_process(const tee::PreparedImage& image, tee::LaunchRequest request,
                                      std::vector<FileDescriptor> files, const FileDescriptor& keeper);

// The same ahead of the launch: makes the enclave and waits on the socket for its Launch, with the files.
// Ends when the socket's peer closes instead.
[[noreturn]] void run_spare_process(const tee::PreparedImage& image, tee::TeeKind tee,
                                    const FileDescriptor& socket, const FileDescriptor& keeper);

}  // namespace strongroom::host
