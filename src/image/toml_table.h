// Typed, strict access to a TOML document (v1.0.0). Every error names file, line, column, key and remedy.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::image {

// One table of a document, which it keeps alive. A getter yields nothing where the key is absent, and an
// error where its value has another type or is out of range. Copies share the document.
class TomlTable {
 public:
  // `file_name` begins each error.
  static Result<TomlTable> parse(std::string_view text, std::string_view file_name);

  // Fails when the table has a key that is not in `keys`, with the nearest one as a suggestion.
  [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> keys) const;

  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view key) const;
  [[nodiscard]] Result<std::optional<bool>> boolean(std::string_view key) const;
  [[nodiscard]] Result<std::optional<uint64_t>> integer(std::string_view key, uint64_t least,
                                                        uint64_t most) const;
  // Bytes, as an integer or as text: "64 MiB".
  [[nodiscard]] Result<std::optional<uint64_t>> size(std::string_view key, uint64_t least,
                                                     uint64_t most) const;
  // Permission bits as octal text: "0644".
  [[nodiscard]] Result<std::optional<uint32_t>> mode(std::string_view key) const;
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view key) const;
  // A table whose values are text, sorted by key.
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> text_map(std::string_view key) const;
  // A table within this one; an empty one where it is absent.
  [[nodiscard]] Result<TomlTable> table(std::string_view key) const;
  // An array of tables ([[key]]).
  [[nodiscard]] Result<std::vector<TomlTable>> tables(std::string_view key) const;

  // The error "FILE:LINE:COLUMN: MESSAGE", placed at `key` where it stands in the table, else at the table.
  [[nodiscard]] tl::unexpected<Error> error(std::string_view key, std::string_view message) const;

 private:
  struct State;
  explicit TomlTable(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

// "64 MiB" for a multiple of 1 MiB, and so on; TOML's spelling of a size.
std::string format_size(uint64_t bytes);
// A TOML basic string with its quotes and escapes.
std::string format_text(std::string_view text);

}  // namespace strongroom::image
