// How kernel code fails: an errno or a value.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace strongroom::kernel {

// Linux's errno values (asm-generic/errno-base.h, errno.h), as many as the kernel uses.
enum class Errno : int32_t {
  kPerm = 1,
  kNoEntry = 2,
  kNoProcess = 3,
  kInterrupted = 4,
  kIo = 5,
  kNoDevice = 6,  // ENXIO; ENODEV is kNoSuchDevice
  kTooBig = 7,
  kBadFile = 9,
  kNoChild = 10,
  kAgain = 11,
  kNoMemory = 12,
  kAccess = 13,
  kFault = 14,
  kBusy = 16,
  kExists = 17,
  kCrossDevice = 18,
  kNoSuchDevice = 19,
  kNotDirectory = 20,
  kIsDirectory = 21,
  kInvalid = 22,
  kTooManyFiles = 24,
  kNotTerminal = 25,
  kFileTooBig = 27,
  kNoSpace = 28,
  kIllegalSeek = 29,
  kReadOnly = 30,
  kTooManyLinks = 31,
  kBrokenPipe = 32,
  kRange = 34,
  kDeadlock = 35,
  kNameTooLong = 36,
  kNoSystemCall = 38,
  kNotEmpty = 39,
  kLoop = 40,
  kOverflow = 75,
  kMessageSize = 90,
  kNotSupported = 95,
  kTimedOut = 110,
  // Linux's ERESTARTSYS and ERESTARTNOHAND: never seen by the program (signal.h, trap.cc).
  kRestart = 512,
  kRestartUnlessHandled = 514,
};

// Either a value or an Errno. [[nodiscard]]: an ignored failure does not compile.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit by design, as is the next
  Result(Errno error) : error_(error) {}         // NOLINT
  [[nodiscard]] bool ok() const { return error_ == Errno{}; }
  [[nodiscard]] Errno error() const { return error_; }
  [[nodiscard]] T& value() { return value_; }
  [[nodiscard]] T take() { return std::move(value_); }

 private:
  T value_{};
  Errno error_{};
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Errno error) : error_(error) {}  // NOLINT
  [[nodiscard]] bool ok() const { return error_ == Errno{}; }
  [[nodiscard]] Errno error() const { return error_; }
  void take() {}

 private:
  Errno error_{};
};

}  // namespace strongroom::kernel

// Yields the value of a Result or returns its Errno from the enclosing function.
#define KTRY(expression)                                 \
  __extension__({                                        \
    auto ktry_result_ = (expression);                    \
    if (!ktry_result_.ok()) return ktry_result_.error(); \
    ktry_result_.take();                                 \
  })
