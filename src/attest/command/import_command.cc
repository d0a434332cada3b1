#include "attest/command/import_command.h"

#include <chrono>

#include "attest/command/input.h"
#include "attest/corim/import.h"
#include "attest/rfc3339.h"
#include "base/file.h"

namespace strongroom::attest {

Result<int> run(const ImportCommand& command, std::ostream& out) {
  CorimImport import;
  import.tee = command.tee;
  import.insecure_unverified = command.insecure_unverified;
  import.insecure_partial = command.insecure_partial;
  import.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (command.time) import.time = TRY_IN("--time", parse_rfc3339(*command.time));
  Collateral keys;
  std::vector<std::string> passed_over;
  for (const auto& path : command.keys) TRY(add_collateral(keys, path, passed_over));
  if (!passed_over.empty()) return fail(ErrorCode::kMalformed, passed_over.front());
  import.keys = &keys;
  const Bytes corim = TRY(read_file(command.corim, size_t{16} << 20));
  const std::string policy = TRY_IN(command.corim.string(), import_corim(corim, import));
  if (command.output) {
    TRY(write_file(*command.output, as_bytes(policy)));
  } else {
    out << policy;
  }
  return 0;
}

}  // namespace strongroom::attest
