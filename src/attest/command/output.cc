#include "attest/command/output.h"

#include "attest/result_json.h"

namespace strongroom::attest {

void write_json(const VerificationResult& result, std::ostream& out) {
  out << result_json_text(result, 2) << "\n";
}

}  // namespace strongroom::attest
