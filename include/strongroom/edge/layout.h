// Layout<T>: what the generated code knows of a structure: its fields, and the memory that its pointers name.
#pragma once

#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "strongroom/edge/size.h"

namespace strongroom::edge {

// The members of a structure that are copied as they are; MEMBERS are pointers to members.
template <auto... kMembers>
struct Fields {};
// The members of a union: any of them may be the one in use.
template <auto... kMembers>
struct Alternatives {};
// Pointers that are copied with what they point to. Each DEEP is a type with `kMember` (pointer to member),
// `Element` and `static Size count(const T&)`.
template <typename... Deep>
struct DeepFields {};

// Specialised by generated code for each structure and union of the EDL file: `Plain` is Fields or
// Alternatives, and `Deep` is DeepFields. The primary template is for types that the EDL file takes from a
// header.
template <typename T>
struct Layout {
  using Plain = void;
  using Deep = DeepFields<>;
};

template <typename Member>
struct MemberType;
template <typename T, typename Object>
struct MemberType<T Object::*> {
  using Type = T;
};
template <auto kMember>
using FieldType = typename MemberType<std::remove_const_t<decltype(kMember)>>::Type;

template <typename T>
struct Properties;

template <typename Plain>
struct PlainProperties {  // a type from a header: nothing is known of its members
  template <typename T>
  static constexpr bool kPacked = std::has_unique_object_representations_v<T>;
  static constexpr bool kHasBool = false;
  static constexpr bool kDeep = false;
};
template <auto... kMembers>
struct PlainProperties<Fields<kMembers...>> {
  template <typename T>
  static constexpr bool kPacked = (Properties<FieldType<kMembers>>::kPacked && ...) &&
                                  (sizeof(FieldType<kMembers>) + ... + 0) == sizeof(T);
  static constexpr bool kHasBool = (Properties<FieldType<kMembers>>::kHasBool || ...);
  static constexpr bool kDeep = (Properties<FieldType<kMembers>>::kDeep || ...);
};
template <auto... kMembers>
struct PlainProperties<Alternatives<kMembers...>> {
  template <typename T>
  static constexpr bool kPacked =
      ((Properties<FieldType<kMembers>>::kPacked && sizeof(FieldType<kMembers>) == sizeof(T)) && ...);
  static constexpr bool kHasBool = false;
  static constexpr bool kDeep = false;
};

// kPacked: no byte of the object is padding. kHasBool: not every byte pattern is a value. kDeep: it has
// pointers whose targets are copied with it.
template <typename T>
struct Properties {
  using Bare = std::remove_cv_t<T>;
  static constexpr bool kScalar = std::is_scalar_v<Bare>;
  static constexpr bool kPacked = kScalar
                                      ? !std::is_same_v<Bare, long double>
                                      : PlainProperties<typename Layout<Bare>::Plain>::template kPacked<Bare>;
  static constexpr bool kHasBool =
      std::is_same_v<Bare, bool> || PlainProperties<typename Layout<Bare>::Plain>::kHasBool;
  static constexpr bool kDeep = !std::is_same_v<typename Layout<Bare>::Deep, DeepFields<>> ||
                                PlainProperties<typename Layout<Bare>::Plain>::kDeep;
};
template <typename T, size_t kCount>
struct Properties<T[kCount]> : Properties<T> {};
template <typename T, size_t kCount>
struct Properties<const T[kCount]> : Properties<T> {};

template <typename T>
inline constexpr bool kPacked = Properties<T>::kPacked;
template <typename T>
inline constexpr bool kHasBool = Properties<T>::kHasBool;
template <typename T>
inline constexpr bool kDeep = Properties<T>::kDeep;

}  // namespace strongroom::edge
