# strongroom_guest(hello SOURCES hello.cc [LIBRARIES crypto] [OUTPUT_DIRECTORY dir]): an ordinary program as a user of
# Strongroom builds it, by one stock command: g++ -std=c++20 -O2 -static-pie. None of our compiler settings, no
# sanitizer, in every preset. The target is guest_hello; its property GUEST_PROGRAM names the file. LIBRARIES are linked
# from their archives.
find_program(STRONGROOM_GUEST_COMPILER g++ REQUIRED)

function(strongroom_guest name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT_DIRECTORY" "SOURCES;LIBRARIES")
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  set(program ${arg_OUTPUT_DIRECTORY}/${name})
  list(TRANSFORM arg_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM arg_LIBRARIES PREPEND -l)
  if(arg_LIBRARIES)
    # libcrypto.a can load modules and resolve names; a program that does neither need not hear about it.
    list(PREPEND arg_LIBRARIES -Wl,--no-warnings)
  endif()
  add_custom_command(
    OUTPUT ${program}
    COMMAND ${STRONGROOM_GUEST_COMPILER} -std=c++20 -O2 -static-pie -o ${program} ${arg_SOURCES} ${arg_LIBRARIES}
    DEPENDS ${arg_SOURCES}
    COMMENT "Building the ordinary program ${name}"
    VERBATIM)
  add_custom_target(guest_${name} ALL DEPENDS ${program})
  set_target_properties(guest_${name} PROPERTIES GUEST_PROGRAM ${program})
endfunction()
