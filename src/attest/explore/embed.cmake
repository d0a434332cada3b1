# embed_assets(TARGET DIRECTORY FILES...): the files stand in the target; `assets()` of assets.h lists them.
function(embed_assets target directory)
  set(assembly "    .section .rodata\n")
  set(declarations "")
  set(rows "")
  set(index 0)
  foreach(file ${ARGN})
    set(symbol strongroom_asset_${index})
    string(APPEND assembly "    .globl ${symbol}_begin, ${symbol}_end\n${symbol}_begin:\n    .incbin \"${directory}/${file}\"\n${symbol}_end:\n")
    string(APPEND declarations "extern const char ${symbol}_begin[], ${symbol}_end[];\n")
    string(REGEX REPLACE "^page/" "" name ${file})
    string(APPEND rows "      {\"${name}\", {${symbol}_begin, static_cast<size_t>(${symbol}_end - ${symbol}_begin)}},\n")
    math(EXPR index "${index} + 1")
    list(APPEND depends ${directory}/${file})
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack, \"\", @progbits\n")
  set(base ${CMAKE_CURRENT_BINARY_DIR}/${target}_assets)
  file(CONFIGURE OUTPUT ${base}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${base}.cc CONTENT "#include \"attest/explore/assets.h\"

#include <array>

extern \"C\" {
${declarations}}

namespace strongroom::attest::explore {

std::span<const Asset> assets() {
  static const std::array<Asset, ${index}> kAssets = {{
${rows}  }};
  return kAssets;
}

}  // namespace strongroom::attest::explore
" @ONLY)
  set_source_files_properties(${base}.S PROPERTIES OBJECT_DEPENDS "${depends}")
  target_sources(${target} PRIVATE ${base}.S ${base}.cc)
endfunction()
