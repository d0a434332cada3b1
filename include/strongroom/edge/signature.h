// Signature: one function of the EDL file, from which the calling and the serving half both follow.
#pragma once

#include "strongroom/edge/call.h"
#include "strongroom/edge/serve.h"

namespace strongroom::edge {

// Signature<R(Kinds...), Rule>: R is the result, Kinds the parameters (parameter.h, text.h), and Rule::broken
// the conditions between the sizes, as a message where one does not hold.
template <typename Function, typename Rule = NoRule>
struct Signature;

template <typename Method>
struct MethodObject;
template <typename R, typename Object, typename... Arguments>
struct MethodObject<R (Object::*)(Arguments...)> {
  using Type = Object;
};
template <auto kMethod>
using ObjectOf = typename MethodObject<std::remove_const_t<decltype(kMethod)>>::Type;

// While an ocall is under way, its list says which ecalls may come in on the same thread.
class OcallScope {
 public:
  OcallScope(Inside& inside, const CallInfo& info)
      : inside_(inside), outer_(std::exchange(inside.allowed, &info.allowed)) {}
  OcallScope(const OcallScope&) = delete;
  OcallScope& operator=(const OcallScope&) = delete;
  ~OcallScope() { inside_.allowed = outer_; }

 private:
  Inside& inside_;
  const std::span<const uint32_t>* outer_;
};

template <typename R, typename... Kinds, typename Rule>
struct Signature<R(Kinds...), Rule> {
  // Host: an ecall.
  [[gnu::always_inline]] static inline Result<R> call(CallTransport& transport, const CallInfo& info,
                                                      typename Kinds::Argument... arguments) {
    return Caller<R, Kinds...>::template call<Rule>(transport, info, arguments...);
  }
  // Enclave: an ocall of this thread, which must be in an ecall.
  [[gnu::always_inline]] static inline Result<R> call_out(Inside& inside, const CallInfo& info,
                                                          typename Kinds::Argument... arguments) {
    if (inside.host == nullptr) return outside_ecall(info);
    const OcallScope scope(inside, info);
    return call(*inside.host, info, arguments...);
  }
  // The callee: calls kFunction, which is a function, or a method of the object that is the context of the
  // call. `kPropagatesErrno`: errno goes back with the results.
  template <auto kFunction, bool kPropagatesErrno = false>
  static void serve(ServerCall& call) {
    if constexpr (std::is_member_function_pointer_v<decltype(kFunction)>) {
      auto& object = *static_cast<ObjectOf<kFunction>*>(call.context);
      Server<R, Kinds...>::template serve<Rule, kPropagatesErrno>(
          call, [&object](typename Kinds::Argument... arguments) -> R {
            return (object.*kFunction)(arguments...);
          });
    } else {
      Server<R, Kinds...>::template serve<Rule, kPropagatesErrno>(call, kFunction);
    }
  }

 private:
  static tl::unexpected<Error> outside_ecall(const CallInfo& info) {
    return fail(
        ErrorCode::kUnavailable,
        std::string(info.name) + ": called by a thread that is not in an ecall; make the call from an ecall");
  }
};

}  // namespace strongroom::edge
