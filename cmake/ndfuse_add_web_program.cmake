# ndfuse_add_web_program(NAME SOURCE...)
#
# A program for the web: NAME.mjs (an ES module whose default export makes the program) and NAME.wasm, with the shim's modules beside
# them in ndfuse/. A page starts it with `start(factory)` of ndfuse/src/start.js; Node runs it by `node ndfuse/run.mjs NAME.mjs`.
# It runs under a content security policy without 'unsafe-eval'. Add options of your own by target_link_options(NAME ...).
# Elsewhere than under Emscripten it is an error.
function(ndfuse_add_web_program name)
  if(NOT EMSCRIPTEN)
    message(FATAL_ERROR "ndfuse_add_web_program(${name}): the compiler is ${CMAKE_CXX_COMPILER_ID} for ${CMAKE_SYSTEM_NAME}, not Emscripten; "
      "configure with Emscripten's toolchain file")
  endif()
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ndfuse::ndfuse)
  set_target_properties(${name} PROPERTIES SUFFIX .mjs)
  set(library "${NDFUSE_SHIM_DIR}/library.js")
  target_link_options(${name} PRIVATE
    -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker,node -sINVOKE_RUN=0 -sALLOW_MEMORY_GROWTH -sDYNAMIC_EXECUTION=0
    -sSTACK_SIZE=1MB -sEXPORTED_RUNTIME_METHODS=callMain,HEAPU8,getCppExceptionThrownObjectFromWebAssemblyException "--js-library=${library}")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${library}")
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E copy_directory_if_different "${NDFUSE_SHIM_DIR}/src" "$<TARGET_FILE_DIR:${name}>/ndfuse/src"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${NDFUSE_SHIM_DIR}/run.mjs" "$<TARGET_FILE_DIR:${name}>/ndfuse/run.mjs"
    VERBATIM)
endfunction()
