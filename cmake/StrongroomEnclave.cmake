# strongroom_add_enclave(TARGET [MANIFEST strongroom.toml] [KEY signer.pem] [OUTPUT NAME.enclave]): makes an image of the
# executable TARGET, which is linked as a static-pie program for it and stays an ordinary program. MANIFEST says what the
# enclave is like (its key `program` is overridden); without it every default holds. With KEY the image is signed. The
# image is written beside the program as TARGET.enclave, unless OUTPUT says otherwise, and is built with `all`.
#
# With EDL hello.edl the enclave is a part of an application: typed calls across the boundary are generated. The program
# gets the enclave's side (hello_enclave.h, to implement) and the library for enclaves; the target TARGET_host is a
# library with the host's side (hello_host.h), for the application to link. EDL_OPTIONS are passed on to `strongroom
# edl`, for instance -DNAME or --search-path DIR; with --c the
# ecalls may be implemented in C, and the application may call them from C.
cmake_policy(SET CMP0116 NEW) # how dependency files are read
function(strongroom_add_enclave target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MANIFEST;KEY;OUTPUT;EDL" "EDL_OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "strongroom_add_enclave(${target}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_options(${target} PRIVATE -static-pie)

  set(command Strongroom::strongroom)
  if(TARGET strongroom)
    set(command strongroom)
  endif()
  if(arg_EDL)
    _strongroom_add_edl(${target} ${command} ${arg_EDL} "${arg_EDL_OPTIONS}")
  endif()
  set(image ${CMAKE_CURRENT_BINARY_DIR}/${target}.enclave)
  if(arg_OUTPUT)
    cmake_path(ABSOLUTE_PATH arg_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} OUTPUT_VARIABLE image)
  endif()
  set(input $<TARGET_FILE:${target}>)
  set(options)
  set(depends ${target} ${command})
  if(arg_MANIFEST)
    cmake_path(ABSOLUTE_PATH arg_MANIFEST OUTPUT_VARIABLE manifest)
    set(input ${manifest})
    list(APPEND options --program $<TARGET_FILE:${target}>)
    list(APPEND depends ${manifest})
  endif()
  if(arg_KEY)
    cmake_path(ABSOLUTE_PATH arg_KEY OUTPUT_VARIABLE key)
    list(APPEND options --key ${key})
    list(APPEND depends ${key})
  endif()
  add_custom_command(OUTPUT ${image}
    COMMAND ${command} build ${input} --output ${image} ${options}
    DEPENDS ${depends} COMMENT "Building the enclave image ${target}.enclave" VERBATIM)
  add_custom_target(${target}_enclave ALL DEPENDS ${image})
endfunction()

function(_strongroom_add_edl target command file options)
  cmake_path(ABSOLUTE_PATH file OUTPUT_VARIABLE edl)
  cmake_path(GET edl STEM LAST_ONLY name)
  string(REGEX REPLACE "[^A-Za-z0-9]" "_" name "${name}") # as the generated files are named
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${target}_edl)
  file(MAKE_DIRECTORY ${directory})
  set(sides host enclave)
  if(--c IN_LIST options)
    list(APPEND sides host_c enclave_c)
  endif()
  set(generated ${directory}/${name}_types.h)
  foreach(side ${sides})
    list(APPEND generated ${directory}/${name}_${side}.h ${directory}/${name}_${side}.cc)
  endforeach()
  # The stamp, because files whose content would not change are left alone.
  add_custom_command(OUTPUT ${directory}/stamp BYPRODUCTS ${generated}
    COMMAND ${command} edl ${edl} --output ${directory} --depfile ${directory}/stamp.d ${options}
    COMMAND ${CMAKE_COMMAND} -E touch ${directory}/stamp
    DEPENDS ${edl} ${command} DEPFILE ${directory}/stamp.d COMMENT "Generating the calls of ${name}.edl" VERBATIM)
  add_custom_target(${target}_edl DEPENDS ${directory}/stamp)

  set(namespace Strongroom::)
  if(TARGET strongroom_host)
    set(namespace strongroom_)
  endif()
  add_library(${target}_host STATIC ${directory}/${name}_host.cc ${directory}/${name}_host.h ${directory}/${name}_types.h)
  target_link_libraries(${target}_host PUBLIC ${namespace}host)
  target_sources(${target} PRIVATE ${directory}/${name}_enclave.cc)
  set(parts ${target} ${target}_host)
  if(--c IN_LIST options)
    target_sources(${target}_host PRIVATE ${directory}/${name}_host_c.cc)
    # A library, so that it is taken only where no ecall is implemented in C++.
    add_library(${target}_c STATIC ${directory}/${name}_enclave_c.cc)
    target_link_libraries(${target}_c PUBLIC ${namespace}enclave)
    target_link_libraries(${target} PRIVATE ${target}_c)
    list(APPEND parts ${target}_c)
  endif()
  target_link_libraries(${target} PRIVATE ${namespace}enclave)
  foreach(part ${parts})
    add_dependencies(${part} ${target}_edl)
    target_include_directories(${part} PUBLIC ${directory})
    target_compile_features(${part} PUBLIC cxx_std_20)
  endforeach()
endfunction()
