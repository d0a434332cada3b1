#include "strongroom/result.h"

#include <cerrno>
#include <cstring>

namespace strongroom {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kPermissionDenied:
      return "permission_denied";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::kVerificationFailed:
      return "verification_failed";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kCallFailed:
      return "call_failed";
  }
  return "unknown";
}

Error Error::in(std::string_view context) const {
  return Error{code, std::string(context) + ": " + message};
}

namespace {

ErrorCode code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ESRCH:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorCode::kPermissionDenied;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::kUnsupported;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOSPC:
      return ErrorCode::kResourceExhausted;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
      return ErrorCode::kUnavailable;
    case EINVAL:
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

tl::unexpected<Error> fail_errno(std::string message, int error_number) {
  char buffer[128];
  message += ": ";
  message += strerror_r(error_number, buffer, sizeof buffer);
  return fail(code_of_errno(error_number), std::move(message));
}

}  // namespace strongroom
