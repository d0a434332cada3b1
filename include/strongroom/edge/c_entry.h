// What generated C entry points stand on: from C's pointers to spans, and from Result to a status number.
#pragma once

#include "strongroom/edge/signature.h"

// The message of the last C entry point that failed on this thread; valid until the next one.
extern "C" const char* strongroom_edge_error(void);

namespace strongroom::edge {

// Keeps the message for strongroom_edge_error and gives the status: 1 + ErrorCode.
uint32_t c_failure(const Error& error) noexcept;
// The status of a call with a null pointer, or a length without meaning, where data is needed.
uint32_t c_bad_pointer(const char* function, const char* parameter) noexcept;

template <typename T, typename Pointer>
uint32_t c_status(Result<T>&& result, Pointer out) {
  if constexpr (std::is_void_v<T>) {
    return result ? 0 : c_failure(result.error());
  } else {
    static_assert(sizeof(T) == sizeof(*out));
    if (!result) {
      if (out != nullptr) std::memset(static_cast<void*>(out), 0, sizeof(*out));
      return c_failure(result.error());
    }
    if (out != nullptr) std::memcpy(static_cast<void*>(out), &*result, sizeof(*out));
    return 0;
  }
}

// Whether `count` elements can stand at `pointer`.
inline bool c_valid(const void* pointer, Size count) {
  return count.valid() && (pointer != nullptr || count.value() == 0);
}
template <typename Span>
Span c_span(const void* pointer, Size count) {
  using Element = typename Span::element_type;
  return Span(static_cast<Element*>(const_cast<void*>(pointer)), count.value());
}
// A C string; a null pointer becomes a view without data.
template <typename Char>
std::basic_string_view<Char> c_text(const Char* text) {
  return text == nullptr ? std::basic_string_view<Char>() : std::basic_string_view<Char>(text);
}
template <typename Char>
std::span<Char> c_text_buffer(Char* text) {
  return {text, std::char_traits<Char>::length(text) + 1};
}

// What a parameter of C++ becomes in C: the pointer or value of type To.
template <typename To, typename From>
To to_c(From&& from) {
  using Bare = std::remove_cvref_t<From>;
  if constexpr (std::is_pointer_v<To> && std::is_pointer_v<Bare>) {
    return (To)from;
  } else if constexpr (std::is_pointer_v<To>) {
    if constexpr (requires { from.data(); }) {
      return (To)from.data();
    } else {
      return (To)&from;
    }
  } else if constexpr (std::is_scalar_v<To>) {
    return static_cast<To>(from);
  } else {
    static_assert(sizeof(To) == sizeof(Bare));
    return reinterpret_cast<const To&>(from);
  }
}
// And back: a value, or what a pointer points to.
template <typename To, typename From>
decltype(auto) from_c(const From& from) {
  if constexpr (std::is_scalar_v<To>) {
    return static_cast<To>(from);
  } else {
    static_assert(sizeof(To) == sizeof(From));
    return reinterpret_cast<const To&>(from);
  }
}

}  // namespace strongroom::edge
