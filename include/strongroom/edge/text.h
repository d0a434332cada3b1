// Strings across the boundary: [string] (char) and [wstring] (wchar_t).
#pragma once

#include <string_view>

#include "strongroom/edge/parameter.h"

namespace strongroom::edge {

// [in,string]. The text holds no NUL; at the callee a NUL follows it, so data() is a C string, too. A view
// without data, std::string_view(), arrives as one (a null pointer to C).
template <typename Char>
struct Text {
  using Argument = std::basic_string_view<Char>;
  static constexpr const char* kEmbedded = "a string holds a NUL before its end";
  static void write_request(Writer& writer, Argument text) {
    if (text.find(Char{}) != Argument::npos) return writer.fail(kEmbedded);
    writer.number(static_cast<uint8_t>(text.data() != nullptr));
    if (text.data() == nullptr) return;
    writer.number(uint64_t{text.size()});
    write_objects(writer, text.data(), text.size());
  }
  static void read_response(Reader& /*reader*/, Argument /*text*/) {}
  static void clear(Argument /*text*/, bool /*touched*/) {}
  struct Callee {
    Argument text;
    void read(Reader& reader, Arena& arena) {
      if (reader.number<uint8_t>() == 0) return;
      const Size size = Size(reader.number<uint64_t>());
      Char* characters = arena.allocate<Char>(size + Size(1U));
      if (characters == nullptr)
        return reader.fail("the arguments are larger than the memory set aside for them");
      if ((size * Size(sizeof(Char))).value() >= 256) reader.align();
      reader.copy(characters, (size * Size(sizeof(Char))).value());
      characters[size.value()] = Char{};
      if (!reader.ok()) return;
      text = Argument(characters, size.value());
      if (text.find(Char{}) != Argument::npos) reader.fail(kEmbedded);
    }
    Argument get() { return text; }
    void write_response(Writer& /*writer*/) {}
  };
};

// [in,out,string]: a buffer that holds a NUL before the call and after it; its whole length travels.
template <typename Char>
struct TextInOut {
  using Argument = std::span<Char>;
  using Buffer = InOutSpan<Char>;
  static constexpr const char* kUnterminated = "a string has no NUL within its buffer";
  static bool terminated(Argument buffer) {
    return std::basic_string_view<Char>(buffer.data(), buffer.size()).find(Char{}) !=
           std::basic_string_view<Char>::npos;
  }
  static void write_request(Writer& writer, Argument buffer) {
    if (!terminated(buffer)) return writer.fail(kUnterminated);
    Buffer::write_request(writer, buffer);
  }
  static void read_response(Reader& reader, Argument buffer) {
    Buffer::read_response(reader, buffer);
    if (!reader.measuring() && reader.ok() && !terminated(buffer)) reader.fail(kUnterminated);
  }
  static void clear(Argument buffer, bool touched) { Buffer::clear(buffer, touched); }
  struct Callee : Buffer::Callee {
    void read(Reader& reader, Arena& arena) {
      Buffer::Callee::read(reader, arena);
      if (reader.ok() && !terminated(this->get())) reader.fail(kUnterminated);
    }
    void write_response(Writer& writer) {
      if (!terminated(this->get())) return writer.fail("the function left a string without NUL");
      Buffer::Callee::write_response(writer);
    }
  };
};

}  // namespace strongroom::edge
