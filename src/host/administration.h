// What a person asks of the machine's keeper daemon: `strongroom ps`, `logs`, `stop`. Each call makes a
// connection of its own. The daemon shows everybody his own enclaves, and root all.
#pragma once

#include "host/protocol.h"

namespace strongroom::host {

// kUnavailable where no daemon answers, as KeeperClient.
Result<std::vector<EnclaveEntry>> list_enclaves();
// kNotFound where there is none of this number, or it is another user's.
Result<std::string> read_log(uint64_t number);
// Returns when it has ended.
Result<void> stop_enclave(uint64_t number);

}  // namespace strongroom::host
