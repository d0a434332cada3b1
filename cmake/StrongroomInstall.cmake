# What `make install` puts in place: the command, the libraries that applications link with their public headers, and
# the CMake package by which find_package(Strongroom) finds them.
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Strongroom)

# The libraries of the public API and what they are made of. What they link and what is not here, CMake reports.
foreach(room base crypto arch image_file platform edge calls tee keeper_protocol host enclave attest)
  if(TARGET strongroom_${room})
    set_target_properties(strongroom_${room} PROPERTIES EXPORT_NAME ${room})
    install(TARGETS strongroom_${room} EXPORT StrongroomTargets)
  endif()
endforeach()
install(TARGETS strongroom_host_options EXPORT StrongroomTargets)
install(TARGETS strongroom EXPORT StrongroomTargets)
install(EXPORT StrongroomTargets NAMESPACE Strongroom:: DESTINATION ${package_directory})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/strongroom DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/StrongroomConfig.cmake.in
  ${PROJECT_BINARY_DIR}/StrongroomConfig.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/StrongroomConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/StrongroomConfig.cmake ${PROJECT_BINARY_DIR}/StrongroomConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/StrongroomEnclave.cmake
  DESTINATION ${package_directory})

# The keeper as a service (docs/keeper.md).
foreach(unit strongroom-keeper.service strongroom-keeper.socket)
  configure_file(${PROJECT_SOURCE_DIR}/scripts/systemd/${unit}.in ${PROJECT_BINARY_DIR}/systemd/${unit} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION lib/systemd/system)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/scripts/systemd/strongroom.sysusers DESTINATION lib/sysusers.d RENAME strongroom.conf)
install(FILES ${PROJECT_SOURCE_DIR}/docs/keeper.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
