#include "host/launch_policy.h"

namespace strongroom::host {

Result<void> check_policy(const Prepared& image, const Launch& launch) {
  if (!image.is_signed && !launch.allow_unsigned)
    return fail(ErrorCode::kVerificationFailed,
                "the image is not signed; sign it with `strongroom sign`, or allow unsigned images "
                "(--allow-unsigned, "
                "LaunchOptions::allow_unsigned)");
  if (launch.request.debug && !image.debug_permitted)
    return fail(
        ErrorCode::kVerificationFailed,
        "the image does not permit debugging; set debug = true in its manifest, build and sign it again");
  if (launch.request.wait_for_debugger && !launch.request.debug)
    return fail(ErrorCode::kInvalidArgument,
                "a production enclave refuses debuggers, so it cannot wait for one; launch it for debugging");
  if (launch.request.wait_for_debugger && launch.request.tee == tee::TeeKind::kSgx)
    return fail(ErrorCode::kUnsupported, "gdb works in `process` and `vm`; launch the enclave there");
  if (!launch.request.debug && !image.production_permitted)
    return fail(ErrorCode::kVerificationFailed,
                "the image is signed for debugging only; run it with --debug");
  return {};
}

}  // namespace strongroom::host
