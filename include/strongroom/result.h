// The one way to fail: Result<T>, with TRY.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace strongroom {

// What class of thing went wrong; a program branches on it, a person reads Error::message.
enum class ErrorCode {
  kInvalidArgument,     // the caller passed something that can never work
  kMalformed,           // bytes from outside do not have the form that they must have
  kNotFound,            // a file, device, name or field is not there
  kPermissionDenied,    // the operating system or a policy refused
  kUnsupported,         // this machine, kernel or TEE cannot do it
  kResourceExhausted,   // memory, threads, descriptors or a quota ran out
  kVerificationFailed,  // a signature, measurement, MAC or policy check did not hold
  kUnavailable,         // the peer ended or does not answer
  kInternal,            // a defect in Strongroom
  kCallFailed,          // the function that was called across the boundary threw an exception
};

// The name of a code as it is printed and as it stands in JSON, for instance "permission_denied".
std::string_view to_string(ErrorCode code);

// An error says what failed, where, and what to do about it:
// "cannot open /dev/kvm: permission denied; add this user to group kvm".
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  // The same error seen from one layer up: "CONTEXT: MESSAGE".
  [[nodiscard]] Error in(std::string_view context) const;
};

template <typename T>
using Result = tl::expected<T, Error>;

// Makes the failure half of a Result: `return fail(ErrorCode::kMalformed, "...")`.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// As above, with ": " and the text of the errno value `error_number` at the end; its code follows from the
// errno.
tl::unexpected<Error> fail_errno(std::string message, int error_number);

}  // namespace strongroom

// Yields the value of a Result or returns its error from the enclosing function.
#define TRY(expression)                                                                           \
  __extension__({                                                                                 \
    auto try_result_ = (expression);                                                              \
    if (!try_result_) return tl::unexpected<::strongroom::Error>(std::move(try_result_).error()); \
    try_unwrap_(std::move(try_result_));                                                          \
  })

// As TRY, with a context put before the message.
#define TRY_IN(context, expression)                                                                \
  __extension__({                                                                                  \
    auto try_result_ = (expression);                                                               \
    if (!try_result_) return tl::unexpected<::strongroom::Error>(try_result_.error().in(context)); \
    try_unwrap_(std::move(try_result_));                                                           \
  })

template <typename T>
T try_unwrap_(tl::expected<T, ::strongroom::Error>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
