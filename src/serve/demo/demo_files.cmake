# The sample's files in the binary: one assembler source that includes them, and their table.
file(GLOB_RECURSE files CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/demo/page/* ${PROJECT_SOURCE_DIR}/demo/scenes/*
  ${PROJECT_SOURCE_DIR}/demo/tsumugi/*)
list(SORT files)
set(AIZUCHI_DEMO_BYTES)
set(AIZUCHI_DEMO_TABLE)
set(number 0)
foreach(file ${files})
  file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR}/demo ${file})
  string(APPEND AIZUCHI_DEMO_BYTES
    ".Lp${number}: .asciz \"${path}\"\n.Lb${number}: .incbin \"${file}\"\n.Le${number}: .byte 0\n")
  string(APPEND AIZUCHI_DEMO_TABLE "    .quad .Lp${number}, .Lb${number}, .Le${number}\n")
  math(EXPR number "${number} + 1")
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/demo_files.S.in ${CMAKE_CURRENT_BINARY_DIR}/demo_files.S @ONLY)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/demo_files.S
  PROPERTIES OBJECT_DEPENDS "${files}")
target_sources(serve_demo PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/demo_files.S)
