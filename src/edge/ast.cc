#include "edge/ast.h"

#include <algorithm>

namespace strongroom::edl {

const Attribute* Declaration::find(Attribute::Kind kind) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [kind](const Attribute& attribute) { return attribute.kind == kind; });
  return found == attributes.end() ? nullptr : &*found;
}

const Structure* Interface::structure(std::string_view structure_name) const {
  const auto found = structure_index.find(structure_name);
  return found == structure_index.end() ? nullptr : &structures[found->second];
}

}  // namespace strongroom::edl
