# The web SDK in the binary. It is built where Node and the modules of sdk/web (script/setup, or
# npm ci there) are at hand; without them the binary is whole but for /sdk, which then says why.
option(AIZUCHI_WEB "build the web SDK into the binary, where Node 18 and its modules are" ON)
set(sdk ${PROJECT_SOURCE_DIR}/sdk/web)
set(sdk_assembler ${CMAKE_CURRENT_BINARY_DIR}/sdk_files.S)
set(sdk_template ${CMAKE_CURRENT_LIST_DIR}/sdk_files.S.in)
# Looked at again in every build, so that it is enough to install them.
file(GLOB sdk_modules CONFIGURE_DEPENDS ${sdk}/node_modules/.package-lock.json)
find_program(NODE node)
set(AIZUCHI_SDK_BUILT_IN OFF CACHE INTERNAL "whether the binary has the web SDK")
if(AIZUCHI_WEB AND NODE AND sdk_modules)
  set(AIZUCHI_SDK_BUILT_IN ON CACHE INTERNAL "whether the binary has the web SDK")
  message(STATUS "Web SDK: built in")
  file(GLOB sdk_sources CONFIGURE_DEPENDS ${sdk}/src/*.ts)
  add_custom_command(OUTPUT ${sdk_assembler}
    COMMAND ${NODE} ${sdk}/build.mjs ${CMAKE_CURRENT_BINARY_DIR}/sdk ${sdk_template} ${sdk_assembler}
    DEPENDS ${sdk_sources} ${sdk}/aizuchi.d.ts ${sdk}/build.mjs ${sdk_template} ${sdk_modules}
    COMMENT "Building the web SDK" VERBATIM)
else()
  if(AIZUCHI_WEB)
    message(STATUS "Web SDK: left out, Node or its modules are missing (npm --prefix sdk/web ci)")
  endif()
  # Another file than the one that is built, which would pass for new when the modules have come.
  set(sdk_assembler ${CMAKE_CURRENT_BINARY_DIR}/sdk_left_out.S)
  set(AIZUCHI_SDK_BYTES)
  set(AIZUCHI_SDK_TABLE)
  configure_file(${sdk_template} ${sdk_assembler} @ONLY)
endif()
target_sources(serve_http PRIVATE ${sdk_assembler})
