# The preference centre's files in the binary: one assembler source that includes them, and their
# table.
file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/centre/*)
list(SORT files)
set(AIZUCHI_CENTRE_BYTES)
set(AIZUCHI_CENTRE_TABLE)
set(number 0)
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  string(APPEND AIZUCHI_CENTRE_BYTES
    ".Lp${number}: .asciz \"${name}\"\n.Lb${number}: .incbin \"${file}\"\n.Le${number}: .byte 0\n")
  string(APPEND AIZUCHI_CENTRE_TABLE "    .quad .Lp${number}, .Lb${number}, .Le${number}\n")
  math(EXPR number "${number} + 1")
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/centre_files.S.in
  ${CMAKE_CURRENT_BINARY_DIR}/centre_files.S @ONLY)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/centre_files.S
  PROPERTIES OBJECT_DEPENDS "${files}")
target_sources(serve_http PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/centre_files.S)
