// Sequences of objects across the boundary, with all that their pointers name. See object.h for one object.
//
// The caller's structures and sizes rule: the other side may shrink a size that it was given, never grow it,
// and never exchange a pointer. What a pointer to const names is copied in, not back.
#pragma once

#include <algorithm>

#include "strongroom/edge/object.h"
#include "strongroom/edge/wire.h"

namespace strongroom::edge {

// What a deep pointer points to, as the elements that are copied.
template <typename Deep, typename T>
typename Deep::Element* elements_of(T& object) {
  return static_cast<typename Deep::Element*>(
      const_cast<void*>(static_cast<const void*>(object.*Deep::kMember)));
}
template <typename Deep>
inline constexpr bool kCopiedBack = !std::is_const_v<std::remove_pointer_t<FieldType<Deep::kMember>>>;

// Caller and callee: writes `count` objects; deep data follows its object.
template <typename T>
void write_objects(Writer& writer, const T* objects, Size count) {
  static_assert(std::is_trivially_copyable_v<T>, "only plain data crosses the boundary");
  const Size size = count * Size(sizeof(T));
  if (!size.valid()) return writer.fail("a count or size overflows");
  if constexpr (kDeep<T>) {
    for (size_t i = 0; i < count.value() && writer.ok(); ++i) {
      T& object = const_cast<T&>(objects[i]);
      if (uint8_t* target = writer.block(sizeof(T)); target != nullptr) store_object(target, object);
      each_deep(object, object, [&writer]<typename Deep>(auto& owner, auto&) {
        const auto* elements = elements_of<Deep>(owner);
        writer.number(static_cast<uint8_t>(elements != nullptr));
        if (elements != nullptr) write_objects(writer, elements, Deep::count(owner));
      });
    }
  } else {
    if (size.value() >= 256) writer.align();
    if constexpr (kPacked<T>) {
      writer.bytes(objects, size.value());
    } else {
      uint8_t* target = writer.block(size.value());
      for (size_t i = 0; target != nullptr && i < count.value(); ++i)
        store_object(target + i * sizeof(T), objects[i]);
    }
  }
}

template <typename T>
bool all_valid(const T* objects, size_t count) {
  if constexpr (!kHasBool<T>) return true;
  return std::all_of(objects, objects + count, [](const T& object) { return valid_object(object); });
}

// Callee: copies `count` objects into the arena, checks them, and points their deep pointers into the arena.
// Deep objects are followed by a second copy of the same number, which write_back compares with. nullptr on
// failure.
template <typename T>
T* read_objects(Reader& reader, Arena& arena, Size count) {
  static_assert(std::is_trivially_copyable_v<T>, "only plain data crosses the boundary");
  const Size size = count * Size(sizeof(T));
  if (!(size <= Size(reader.remaining()))) {
    reader.fail("a count or size is larger than the message");
    return nullptr;
  }
  T* objects = arena.allocate<T>(kDeep<T> ? count * Size(2U) : count);
  if (objects == nullptr) {
    reader.fail("the arguments are larger than the memory set aside for them");
    return nullptr;
  }
  if constexpr (kDeep<T>) {
    for (size_t i = 0; i < count.value() && reader.ok(); ++i) {
      if (!reader.copy(&objects[i], sizeof(T))) break;
      if (!valid_object(objects[i])) reader.fail("a bool is neither 0 nor 1");
      each_deep(objects[i], objects[i], [&]<typename Deep>(auto& owner, auto&) {
        owner.*Deep::kMember = nullptr;
        if (reader.number<uint8_t>() == 0) return;
        owner.*Deep::kMember = read_objects<typename Deep::Element>(reader, arena, Deep::count(owner));
      });
    }
    if (reader.ok() && count.value() != 0)
      std::memcpy(static_cast<void*>(objects + count.value()), objects, size.value());
  } else {
    if (size.value() >= 256) reader.align();
    if (reader.copy(objects, size.value()) && !all_valid(objects, count.value()))
      reader.fail("a bool is neither 0 nor 1");
  }
  return reader.ok() ? objects : nullptr;
}

// From this size on, plain data that stands in shared memory already is named instead of copied.
inline constexpr size_t kNamedSize = 4096;
template <typename T>
inline constexpr bool kNameable = kPacked<T> && !kDeep<T>;

// Caller: writes `count` objects, or where they stand.
template <typename T>
void write_or_name(Writer& writer, const T* objects, size_t count) {
  if constexpr (kNameable<T>)
    if (count >= kNamedSize / sizeof(T) + 1 && writer.name(objects, count * sizeof(T))) return;
  write_objects(writer, objects, count);
}

// Callee: copies them into the arena from wherever they stand, once, and checks them.
template <typename T>
T* read_or_fetch(Reader& reader, Arena& arena, Size count) {
  if constexpr (kNameable<T>) {
    const Size size = count * Size(sizeof(T));
    const uint8_t* named = nullptr;
    if (size.valid() && count.value() >= kNamedSize / sizeof(T) + 1 && reader.place(size.value(), named)) {
      T* objects = named != nullptr ? arena.allocate<T>(count) : nullptr;
      if (objects == nullptr) {
        reader.fail("the arguments are larger than the memory set aside for them");
        return nullptr;
      }
      copy_once(objects, named, size.value());
      if (!all_valid(objects, count.value())) reader.fail("a bool is neither 0 nor 1");
      return reader.ok() ? objects : nullptr;
    }
  }
  return read_objects<T>(reader, arena, count);
}

// Callee: writes what read_objects read, as the function left it.
template <typename T>
void write_back(Writer& writer, T* objects, Size count) {
  if constexpr (!kDeep<T>) {
    write_objects(writer, objects, count);
  } else {
    T* saved = objects + count.value();
    for (size_t i = 0; i < count.value() && writer.ok(); ++i) {
      each_deep(objects[i], saved[i], [&writer]<typename Deep>(auto& now, auto& before) {
        if (now.*Deep::kMember != before.*Deep::kMember) writer.fail("the function exchanged a deep pointer");
        if (!(Deep::count(now) <= Deep::count(before))) writer.fail("the function made a deep size larger");
      });
      if (uint8_t* target = writer.block(sizeof(T)); target != nullptr) store_object(target, objects[i]);
      each_deep(saved[i], saved[i], [&writer]<typename Deep>(auto& owner, auto&) {
        auto* elements = elements_of<Deep>(owner);
        if (kCopiedBack<Deep> && elements != nullptr) write_back(writer, elements, Deep::count(owner));
      });
    }
  }
}

// Caller: takes the objects back into its own memory.
template <typename T>
void read_back(Reader& reader, T* objects, Size count) {
  const Size size = count * Size(sizeof(T));
  if (!size.valid()) return reader.fail("a count or size overflows");
  if constexpr (!kDeep<T>) {
    if (size.value() >= 256) reader.align();
    if (reader.copy(objects, size.value()) && !all_valid(objects, count.value()))
      reader.fail("a bool is neither 0 nor 1");
  } else {
    for (size_t i = 0; i < count.value() && reader.ok(); ++i) {
      alignas(T) uint8_t memory[sizeof(T)];
      T& fresh = *reinterpret_cast<T*>(memory);
      const bool copied = reader.copy(memory, sizeof(T));
      if (copied && !valid_object(fresh)) reader.fail("a bool is neither 0 nor 1");
      if (copied) {
        each_deep(fresh, objects[i], [&reader]<typename Deep>(auto& now, auto& mine) {
          now.*Deep::kMember = mine.*Deep::kMember;
          if (!(Deep::count(now) <= Deep::count(mine))) reader.fail("a deep size became larger");
        });
      }
      each_deep(objects[i], objects[i], [&reader]<typename Deep>(auto& mine, auto&) {
        auto* elements = elements_of<Deep>(mine);
        if (kCopiedBack<Deep> && elements != nullptr) read_back(reader, elements, Deep::count(mine));
      });
      if (copied && reader.ok()) std::memcpy(static_cast<void*>(&objects[i]), memory, sizeof(T));
    }
  }
}

// Caller: zeros what a failed call may have written; structures with deep pointers keep themselves and lose
// the data.
template <typename T>
void clear_objects(T* objects, Size count) {
  if constexpr (!kDeep<T>) {
    if (count.value() != 0) std::memset(static_cast<void*>(objects), 0, count.value() * sizeof(T));
  } else {
    for (size_t i = 0; i < count.value(); ++i) {
      each_deep(objects[i], objects[i], []<typename Deep>(auto& owner, auto&) {
        auto* elements = elements_of<Deep>(owner);
        if (kCopiedBack<Deep> && elements != nullptr) clear_objects(elements, Deep::count(owner));
      });
    }
  }
}

}  // namespace strongroom::edge
