# Compiler settings and the functions by which every room of the source tree declares its parts.

include(CTest)
include(GoogleTest)
include(GNUInstallDirs)
find_package(OpenSSL 3.0 REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(STRONGROOM_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(STRONGROOM_SANITIZE "" CACHE STRING "Sanitizers for all host code, as -fsanitize= takes them")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Tests of host code are built and run where sanitizers watch, and not once more in the release build: what `make test`
# builds under ASan and UBSan, what it builds under TSan, and what `make fuzz` builds.
add_custom_target(host_tests)
add_custom_target(thread_tests)
add_custom_target(fuzzers)

# What all host code is compiled with; code for inside an enclave does not link to it.
add_library(strongroom_host_options INTERFACE)
# Those who use the installed libraries get the include directory and nothing else.
target_compile_options(strongroom_host_options INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra;-Wconversion;-Werror;-fstack-protector-strong;-fno-omit-frame-pointer>
  $<BUILD_INTERFACE:$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>>)
target_include_directories(strongroom_host_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(strongroom_host_options INTERFACE cxx_std_20)
if(STRONGROOM_SANITIZE)
  # GCC's manual: the sanitizers make its flow-sensitive warnings report what is not so.
  target_compile_options(strongroom_host_options INTERFACE
    -fsanitize=${STRONGROOM_SANITIZE} -fno-sanitize-recover=all -U_FORTIFY_SOURCE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-error;-Wno-maybe-uninitialized;-Wno-mismatched-new-delete>)
  target_link_options(strongroom_host_options INTERFACE -fsanitize=${STRONGROOM_SANITIZE})
endif()

# strongroom_library(arch SOURCES a.cc b.cc DEPENDS base crypto): the static library strongroom_arch.
# A name in DEPENDS is a room of ours; anything with :: or a leading dash is passed on as it is.
function(strongroom_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(strongroom_${name} STATIC ${arg_SOURCES})
  target_link_libraries(strongroom_${name} PUBLIC strongroom_host_options)
  _strongroom_link(strongroom_${name} PUBLIC ${arg_DEPENDS})
endfunction()

# strongroom_test(arch SOURCES a_test.cc DEPENDS arch [LABELS host] [TIMEOUT 60] [THREADS]): the program arch_test, whose cases ctest
# runs one by one. The label "host" (the default) marks tests that run under ASan and UBSan, too. THREADS marks tests of code that several
# threads use at once: they are labelled "host_threads" and run under TSan as well.
function(strongroom_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "TIMEOUT" "SOURCES;DEPENDS;LABELS;PROPERTIES")
  if(NOT BUILD_TESTING)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS host)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE strongroom_host_options GTest::gmock GTest::gtest_main)
  _strongroom_link(${name}_test PRIVATE ${arg_DEPENDS})
  if("host" IN_LIST arg_LABELS)
    add_dependencies(host_tests ${name}_test)
    set_target_properties(${name}_test PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  if(arg_THREADS)
    set(arg_LABELS host_threads)
    add_dependencies(thread_tests ${name}_test)
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} ${arg_PROPERTIES})
endfunction()

# strongroom_benchmark(arch SOURCES a_benchmark.cc DEPENDS arch): the Google Benchmark program arch_benchmark.
function(strongroom_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  find_package(benchmark REQUIRED)
  add_executable(${name}_benchmark ${arg_SOURCES})
  target_link_libraries(${name}_benchmark PRIVATE strongroom_host_options benchmark::benchmark_main)
  _strongroom_link(${name}_benchmark PRIVATE ${arg_DEPENDS})
endfunction()

# strongroom_session_benchmark(launch SOURCES launch_benchmark.cc DEPENDS host bench): the program launch_bench, which
# `make bench` runs as "launch_bench BUILD-DIRECTORY OUTPUT.json" and which writes rows by bench/report.h.
function(strongroom_session_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_executable(${name}_bench ${arg_SOURCES})
  target_include_directories(${name}_bench PRIVATE ${PROJECT_SOURCE_DIR}/bench)
  target_link_libraries(${name}_bench PRIVATE strongroom_host_options)
  _strongroom_link(${name}_bench PRIVATE ${arg_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY STRONGROOM_BENCHMARKS "${name} $<TARGET_FILE:${name}_bench>")
endfunction()

# strongroom_fuzzer(elf SOURCES elf_fuzz.cc DEPENDS image CORPUS dir): under preset "fuzz" the libFuzzer program elf_fuzz; in every
# other preset the test fuzz_seeds.elf, which runs the committed corpus through the same entry point.
function(strongroom_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;DEPENDS")
  if(STRONGROOM_FUZZ)
    add_executable(${name}_fuzz ${arg_SOURCES})
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name}_fuzz)
  elseif(BUILD_TESTING)
    add_executable(${name}_fuzz EXCLUDE_FROM_ALL ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/cmake/fuzz_seeds_main.cc)
    add_test(NAME fuzz_seeds.${name} COMMAND ${name}_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS})
    set_tests_properties(fuzz_seeds.${name} PROPERTIES LABELS host TIMEOUT 120)
    add_dependencies(host_tests ${name}_fuzz)
  else()
    return()
  endif()
  target_link_libraries(${name}_fuzz PRIVATE strongroom_host_options)
  _strongroom_link(${name}_fuzz PRIVATE ${arg_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY STRONGROOM_FUZZERS
    "${name} $<TARGET_FILE:${name}_fuzz> ${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS}")
endfunction()

# Call last: writes into the build directory fuzzers.txt, a line "NAME PROGRAM CORPUS" for each fuzzer, and
# benchmarks.txt, a line "NAME PROGRAM" for each session benchmark.
function(strongroom_write_lists)
  foreach(list FUZZERS BENCHMARKS)
    get_property(entries GLOBAL PROPERTY STRONGROOM_${list})
    list(JOIN entries "\n" lines)
    string(TOLOWER ${list} file)
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/${file}.txt CONTENT "${lines}\n")
  endforeach()
endfunction()

function(_strongroom_link target visibility)
  foreach(dependency ${ARGN})
    if(TARGET strongroom_${dependency})
      target_link_libraries(${target} ${visibility} strongroom_${dependency})
    else()
      target_link_libraries(${target} ${visibility} ${dependency})
    endif()
  endforeach()
endfunction()
