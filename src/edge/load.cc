#include "edge/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "edge/parser.h"

namespace strongroom::edl {

namespace {

constexpr size_t kFilesLimit = 256;
constexpr size_t kDepthLimit = 32;

// The EDL files of Open Enclave and Intel that declare what their own run-time needs from its host.
// Strongroom's run-time needs none of it: where these files are not at hand, importing them means nothing.
bool is_foreign_runtime(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename();
  return path.starts_with("openenclave/edl/") || name.starts_with("sgx_t") || name == "sgx_pthread.edl" ||
         name == "sgx_stdc_ex.edl";
}

struct Loaded {
  File file;
  std::vector<const Function*> visible;  // its own functions and those that it imports
  bool complete = false;
};

class Loader {
 public:
  Loader(const CompileOptions& options, Compilation& compilation) : options_(options), out_(compilation) {}

  Result<void> run(const std::string& path) {
    const std::string normal = std::filesystem::path(path).lexically_normal();
    const Loaded& root = visit(normal, TRY(options_.load(path)));
    for (const Function* function : root.visible) add_function(*function);
    return {};
  }

 private:
  Loaded& visit(const std::string& path, std::string text) {
    Loaded& loaded = *files_.emplace(path, std::make_unique<Loaded>()).first->second;
    chain_.push_back(path);
    const uint32_t file = out_.sources.add(path, std::move(text));
    loaded.file = parse(tokenize(out_.sources, file, options_.defines, out_.diagnostics), out_.diagnostics);
    for (const Import& import : loaded.file.imports) follow(import, path, loaded);
    for (const Function& function : loaded.file.functions) loaded.visible.push_back(&function);
    add_types(loaded.file);
    loaded.complete = true;
    chain_.pop_back();
    return loaded;
  }

  void follow(const Import& import, const std::string& importer, Loaded& into) {
    const Loaded* imported = find(import, importer);
    if (imported == nullptr) return;
    std::set<const Function*> have(into.visible.begin(), into.visible.end());
    const auto take = [&](const Function* function) {
      if (have.insert(function).second) into.visible.push_back(function);
    };
    if (import.everything) std::for_each(imported->visible.begin(), imported->visible.end(), take);
    for (const Name& name : import.functions) {
      const auto found =
          std::find_if(imported->visible.begin(), imported->visible.end(),
                       [&](const Function* function) { return function->name.text == name.text; });
      if (found != imported->visible.end()) {
        take(*found);
      } else {
        out_.diagnostics.report(name.location,
                                fmt::format("\"{}\" has no function '{}'", import.path.text, name.text),
                                "import a function that the file declares, or * for all of them");
      }
    }
  }

  // The file that an import names, read now or before; nullptr where there is none, or after a report.
  const Loaded* find(const Import& import, const std::string& importer) {
    std::vector<std::string> looked_in;
    std::vector<std::string> places{std::filesystem::path(importer).parent_path()};
    places.insert(places.end(), options_.search_paths.begin(), options_.search_paths.end());
    for (const std::string& place : places) {
      const std::string path = (std::filesystem::path(place) / import.path.text).lexically_normal();
      looked_in.push_back(place.empty() ? "." : place);
      const auto known = files_.find(path);
      if (known != files_.end()) return reuse(import, *known->second, path);
      Result<std::string> text = options_.load(path);
      if (text) return open(import, path, std::move(*text));
      if (text.error().code == ErrorCode::kNotFound) continue;
      out_.diagnostics.report(import.path.location, text.error().message, "make the file readable");
      return nullptr;
    }
    if (!is_foreign_runtime(import.path.text)) {
      out_.diagnostics.report(import.path.location, fmt::format("cannot find \"{}\"", import.path.text),
                              fmt::format("it was looked for in {}; add its directory by --search-path",
                                          fmt::join(looked_in, ", ")));
    }
    return nullptr;
  }

  const Loaded* reuse(const Import& import, const Loaded& known, const std::string& path) {
    if (known.complete) return &known;
    const auto start = std::find(chain_.begin(), chain_.end(), path);
    out_.diagnostics.report(
        import.path.location,
        fmt::format("import cycle: {} -> {}", fmt::join(start, chain_.end(), " -> "), path),
        "move what both files need into a third file, and import that");
    return nullptr;
  }

  const Loaded* open(const Import& import, const std::string& path, std::string text) {
    if (chain_.size() == kDepthLimit || files_.size() == kFilesLimit) {
      out_.diagnostics.report(
          import.path.location,
          fmt::format("more than {} files, or imports more than {} deep", kFilesLimit, kDepthLimit),
          "merge files");
      return nullptr;
    }
    return &visit(path, std::move(text));
  }

  void add_types(const File& file) {
    for (const Include& include : file.includes) {
      const auto same = [&](const Include& known) {
        return known.path.text == include.path.text && known.side == include.side;
      };
      if (std::none_of(out_.interface.includes.begin(), out_.interface.includes.end(), same))
        out_.interface.includes.push_back(include);
    }
    for (const Enumeration& enumeration : file.enumerations) {
      const size_t place = out_.interface.enumerations.size();
      if (enumeration.name.text.empty() || add_name(enumeration.name, "type"))
        out_.interface.enumerations.push_back(enumeration);
      if (!enumeration.name.text.empty())
        out_.interface.enumeration_index.emplace(enumeration.name.text, place);
    }
    for (const Structure& structure : file.structures) {
      if (!add_name(structure.name, "type")) continue;
      out_.interface.structure_index.emplace(structure.name.text, out_.interface.structures.size());
      out_.interface.structures.push_back(structure);
    }
  }

  void add_function(const Function& function) {
    if (!add_name(function.name, "function")) return;
    (function.trusted ? out_.interface.ecalls : out_.interface.ocalls).push_back(function);
  }

  bool add_name(const Name& name, const char* what) {
    const auto [known, fresh] = names_.emplace(name.text, name.location);
    if (fresh) return true;
    // Of two in one file, the later is the second, whatever order they were added in.
    const auto place = [](const Location& location) { return std::pair(location.line, location.column); };
    Location first = known->second;
    Location second = name.location;
    if (first.file == second.file && place(second) < place(first)) std::swap(first, second);
    out_.diagnostics.report(second, fmt::format("the {} '{}' is declared a second time", what, name.text),
                            fmt::format("rename it, or remove it; the name was first used at {}:{}",
                                        out_.sources.path(first.file), first.line));
    return false;
  }

  const CompileOptions& options_;
  Compilation& out_;
  std::map<std::string, std::unique_ptr<Loaded>> files_;
  std::vector<std::string> chain_;  // the files that are being read, each imported by the one before
  std::map<std::string, Location> names_;
};

}  // namespace

Result<void> load(const std::string& path, const CompileOptions& options, Compilation& compilation) {
  return Loader(options, compilation).run(path);
}

}  // namespace strongroom::edl
