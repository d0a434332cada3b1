// The life of the process that holds one enclave, from fork to end.
#pragma once

#include "host/protocol.h"
#include "tee/prepared_image.h"

namespace strongroom::host {

// In a freshly forked child of a loader. `keeper`: the socket on which Launch comes, and on which the keeper
// hears what the application hears on the event socket: Started and Ended, or Refused. `vault`: the enclave's
// socket to the vault. Ends the enclave when the keeper or the application closes its end.
//
// A spare is made first and waits for its Launch then; it ends without a word when the keeper closes instead.
[[noreturn]] void run_holder(const tee::PreparedImage& image, const Make& make, const FileDescriptor& keeper,
                             const FileDescriptor& vault);

}  // namespace strongroom::host
