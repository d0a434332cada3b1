// One object across the boundary: stored without its padding and its addresses, and checked after it was
// copied in.
#pragma once

#include "strongroom/edge/layout.h"
#include "strongroom/edge/memory.h"

namespace strongroom::edge {

// Stores `object` into the sizeof(T) bytes of shared memory at `target`: padding and deep pointers become
// zeros, whatever the object holds there.
template <typename T>
void store_object(uint8_t* target, const T& object);

template <typename T, auto... kMembers>
void store_plain(uint8_t* target, const T& object, Fields<kMembers...> /*fields*/) {
  const auto* start = reinterpret_cast<const uint8_t*>(&object);
  clear_shared(target, sizeof(T));
  (store_object(target + (reinterpret_cast<const uint8_t*>(&(object.*kMembers)) - start), object.*kMembers),
   ...);
}

// A union, or a type from a header: the compiler knows where its padding is.
template <typename T>
void store_opaque(uint8_t* target, const T& object) {
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
  alignas(T) uint8_t copy[sizeof(T)];
  std::memcpy(copy, &object, sizeof(T));
  __builtin_clear_padding(reinterpret_cast<T*>(copy));
  write_shared(target, copy, sizeof(T));
#else
  static_assert(kPacked<T>, "this type may have padding: declare it in the EDL file, or compile with GCC");
  write_shared(target, &object, sizeof(T));
#endif
}
template <typename T, auto... kMembers>
void store_plain(uint8_t* target, const T& object, Alternatives<kMembers...> /*union*/) {
  store_opaque(target, object);
}

template <typename T>
void store_object(uint8_t* target, const T& object) {
  if constexpr (kPacked<T> && !kDeep<T>) {
    write_shared(target, &object, sizeof(T));
  } else if constexpr (std::is_array_v<T>) {
    for (const auto& element : object) {
      store_object(target, element);
      target += sizeof element;
    }
  } else if constexpr (std::is_same_v<std::remove_cv_t<T>, long double>) {
    clear_shared(target, sizeof(T));
    write_shared(target, &object, 10);  // x87 extended precision: 80 bits of value
  } else if constexpr (std::is_void_v<typename Layout<T>::Plain>) {
    store_opaque(target, object);
  } else {
    store_plain(target, object, typename Layout<T>::Plain{});
  }
}

// Whether the bytes of an object that came from the other side are a value of its type: a bool is 0 or 1.
template <typename T>
bool valid_object(const T& object);

template <typename T, auto... kMembers>
bool valid_plain(const T& object, Fields<kMembers...> /*fields*/) {
  return (valid_object(object.*kMembers) && ...);
}

template <typename T>
bool valid_object(const T& object) {
  if constexpr (!kHasBool<T>) {
    return true;
  } else if constexpr (std::is_array_v<T>) {
    for (const auto& element : object) {
      if (!valid_object(element)) return false;
    }
    return true;
  } else if constexpr (std::is_same_v<std::remove_cv_t<T>, bool>) {
    return *reinterpret_cast<const uint8_t*>(&object) <= 1;
  } else {
    return valid_plain(object, typename Layout<T>::Plain{});
  }
}

// Calls visit.template operator()<Deep>(a, b) for each deep pointer of two objects of one type, side by side.
template <typename T, typename Visit>
void each_deep(T& a, T& b, const Visit& visit);

template <typename T, typename Visit, typename Plain>
void each_nested(T& /*a*/, T& /*b*/, const Visit& /*visit*/, Plain* /*not fields*/) {}
template <typename T, typename Visit, auto... kMembers>
void each_nested(T& a, T& b, const Visit& visit, Fields<kMembers...>* /*fields*/) {
  (each_deep(a.*kMembers, b.*kMembers, visit), ...);
}
template <typename T, typename Visit, typename... Deep>
void each_own(T& a, T& b, const Visit& visit, DeepFields<Deep...> /*own*/) {
  (visit.template operator()<Deep>(a, b), ...);
}

template <typename T, typename Visit>
void each_deep(T& a, T& b, const Visit& visit) {
  if constexpr (!kDeep<T>) {
    return;
  } else if constexpr (std::is_array_v<T>) {
    for (size_t i = 0; i < std::extent_v<T>; ++i) each_deep(a[i], b[i], visit);
  } else {
    using Known = Layout<std::remove_cv_t<T>>;
    each_own(a, b, visit, typename Known::Deep{});
    each_nested(a, b, visit, static_cast<typename Known::Plain*>(nullptr));
  }
}

}  // namespace strongroom::edge
