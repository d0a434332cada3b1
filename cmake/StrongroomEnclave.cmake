# strongroom_add_enclave(TARGET [MANIFEST strongroom.toml] [KEY signer.pem] [OUTPUT NAME.enclave]): makes an image of the
# executable TARGET, which is linked as a static-pie program for it and stays an ordinary program. MANIFEST says what the
# enclave is like (its key `program` is overridden); without it every default holds. With KEY the image is signed. The
# image is written beside the program as TARGET.enclave, unless OUTPUT says otherwise, and is built with `all`.
function(strongroom_add_enclave target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MANIFEST;KEY;OUTPUT" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "strongroom_add_enclave(${target}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_options(${target} PRIVATE -static-pie)

  set(command Strongroom::strongroom)
  if(TARGET strongroom)
    set(command strongroom)
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
