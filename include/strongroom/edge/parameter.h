// The kinds of parameters that an EDL file can state. Each kind is a type with
//   Argument                      how C++ code passes it, the same on both sides
//   write_request, read_response  the caller's half
//   clear                         what the caller does with results when the call failed
//   Callee                        the other half: read from the request, get() the argument, write the
//   response
#pragma once

#include <span>
#include <string_view>

#include "strongroom/edge/objects.h"

namespace strongroom::edge {

// Whether requests with parameters of this kind may name what stands in shared memory already.
template <typename Kind>
inline constexpr bool kMayName = requires {
  requires Kind::kMayName;
};

// By value, or [in] of a single object.
template <typename T>
struct In {
  using Argument = std::conditional_t<std::is_scalar_v<T>, T, const T&>;
  static void write_request(Writer& writer, const T& value) { write_objects(writer, &value, 1U); }
  static void read_response(Reader& /*reader*/, const T& /*value*/) {}
  static void clear(const T& /*value*/, bool /*touched*/) {}
  struct Callee {
    T* object = nullptr;
    void read(Reader& reader, Arena& arena) { object = read_objects<T>(reader, arena, 1U); }
    Argument get() { return *object; }
    void write_response(Writer& /*writer*/) {}
  };
};

// [in,out] of a single object.
template <typename T>
struct InOut {
  using Argument = T&;
  static void write_request(Writer& writer, T& value) { write_objects(writer, &value, 1U); }
  static void read_response(Reader& reader, T& value) { read_back(reader, &value, 1U); }
  static void clear(T& value, bool touched) {
    if (touched) clear_objects(&value, 1U);
  }
  struct Callee {
    T* object = nullptr;
    void read(Reader& reader, Arena& arena) { object = read_objects<T>(reader, arena, 1U); }
    T& get() { return *object; }
    void write_response(Writer& writer) { write_back(writer, object, 1U); }
  };
};

// Zeroed room for results of the callee.
template <typename T>
T* allocate_zeroed(Reader& reader, Arena& arena, Size count) {
  static_assert(std::is_trivially_copyable_v<T>, "only plain data crosses the boundary");
  static_assert(!kDeep<T>, "deep data cannot be [out] alone");
  T* objects = reader.ok() ? arena.allocate<T>(count) : nullptr;
  if (objects == nullptr) {
    reader.fail("the results are larger than the memory set aside for them");
  } else {
    clear_objects(objects, count);
  }
  return objects;
}

// [out] of a single object.
template <typename T>
struct Out {
  using Argument = T&;
  static void write_request(Writer& /*writer*/, T& /*value*/) {}
  static void read_response(Reader& reader, T& value) { read_back(reader, &value, 1U); }
  static void clear(T& value, bool /*touched*/) { clear_objects(&value, 1U); }
  struct Callee {
    T* object = nullptr;
    void read(Reader& reader, Arena& arena) { object = allocate_zeroed<T>(reader, arena, 1U); }
    T& get() { return *object; }
    void write_response(Writer& writer) { write_objects(writer, object, 1U); }
  };
};

// A span whose length travels with it, unless its type fixes it.
template <typename T, size_t kExtent>
struct SpanLength {
  static void write(Writer& writer, size_t count) {
    if constexpr (kExtent == std::dynamic_extent) writer.number(uint64_t{count});
  }
  static Size read(Reader& reader) {
    if constexpr (kExtent == std::dynamic_extent) return Size(reader.number<uint64_t>());
    return Size(kExtent);
  }
};

// [in] with count, size or array dimensions.
template <typename T, size_t kExtent = std::dynamic_extent>
struct InSpan {
  static constexpr bool kMayName = kNameable<T>;
  using Argument = std::span<const T, kExtent>;
  using Length = SpanLength<T, kExtent>;
  static void write_request(Writer& writer, Argument values) {
    Length::write(writer, values.size());
    write_or_name(writer, values.data(), values.size());
  }
  static void read_response(Reader& /*reader*/, Argument /*values*/) {}
  static void clear(Argument /*values*/, bool /*touched*/) {}
  struct Callee {
    T* objects = nullptr;
    Size count = 0U;
    void read(Reader& reader, Arena& arena) {
      count = Length::read(reader);
      objects = read_or_fetch<T>(reader, arena, count);
    }
    Argument get() { return Argument(objects, count.value()); }
    void write_response(Writer& /*writer*/) {}
  };
};

// [in,out] with count, size or array dimensions.
template <typename T, size_t kExtent = std::dynamic_extent>
struct InOutSpan {
  using Argument = std::span<T, kExtent>;
  using Length = SpanLength<T, kExtent>;
  static void write_request(Writer& writer, Argument values) {
    Length::write(writer, values.size());
    write_objects(writer, values.data(), values.size());
  }
  static void read_response(Reader& reader, Argument values) {
    read_back(reader, values.data(), values.size());
  }
  static void clear(Argument values, bool touched) {
    if (touched) clear_objects(values.data(), values.size());
  }
  struct Callee {
    T* objects = nullptr;
    Size count = 0U;
    void read(Reader& reader, Arena& arena) {
      count = Length::read(reader);
      objects = read_objects<T>(reader, arena, count);
    }
    Argument get() { return Argument(objects, count.value()); }
    void write_response(Writer& writer) { write_back(writer, objects, count); }
  };
};

// [out] with count, size or array dimensions.
template <typename T, size_t kExtent = std::dynamic_extent>
struct OutSpan {
  using Argument = std::span<T, kExtent>;
  using Length = SpanLength<T, kExtent>;
  static void write_request(Writer& writer, Argument values) { Length::write(writer, values.size()); }
  static void read_response(Reader& reader, Argument values) {
    read_back(reader, values.data(), values.size());
  }
  static void clear(Argument values, bool /*touched*/) { clear_objects(values.data(), values.size()); }
  struct Callee {
    T* objects = nullptr;
    Size count = 0U;
    void read(Reader& reader, Arena& arena) {
      count = Length::read(reader);
      objects = allocate_zeroed<T>(reader, arena, count);
    }
    Argument get() { return Argument(objects, count.value()); }
    void write_response(Writer& writer) { write_objects(writer, objects, count); }
  };
};

// [user_check]: the address alone crosses. Nothing is checked, and on most TEEs nothing is there.
template <typename T>
struct Address {
  using Argument = T*;
  static void write_request(Writer& writer, T* address) {
    writer.number(reinterpret_cast<uintptr_t>(address));
  }
  static void read_response(Reader& /*reader*/, T* /*address*/) {}
  static void clear(T* /*address*/, bool /*touched*/) {}
  struct Callee {
    uintptr_t address = 0;
    void read(Reader& reader, Arena& /*arena*/) { address = reader.number<uintptr_t>(); }
    T* get() { return reinterpret_cast<T*>(address); }  // NOLINT(performance-no-int-to-ptr)
    void write_response(Writer& /*writer*/) {}
  };
};

}  // namespace strongroom::edge
