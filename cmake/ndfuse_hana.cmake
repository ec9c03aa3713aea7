# The target ndfuse::hana: Boost.Hana's headers. -DNDFUSE_HANA_INCLUDE_DIR=FOLDER (the one that holds boost/) names them.

if(TARGET ndfuse::hana)
  return()
endif()
if(EMSCRIPTEN) # the system's headers are not the web's: never search them
  find_path(NDFUSE_HANA_INCLUDE_DIR boost/hana/basic_tuple.hpp HINTS ${NDFUSE_HANA_HINTS} NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
else()
  find_path(NDFUSE_HANA_INCLUDE_DIR boost/hana/basic_tuple.hpp HINTS ${NDFUSE_HANA_HINTS})
endif()
if(NOT NDFUSE_HANA_INCLUDE_DIR)
  message(FATAL_ERROR "ndfuse needs the headers of Boost.Hana (Boost 1.82 or newer): run scripts/setup.sh in ndfuse's checkout, "
    "or set NDFUSE_HANA_INCLUDE_DIR to the folder that holds boost/hana/basic_tuple.hpp")
endif()
if(EMSCRIPTEN AND NDFUSE_HANA_INCLUDE_DIR STREQUAL "/usr/include")
  message(FATAL_ERROR "NDFUSE_HANA_INCLUDE_DIR is /usr/include, whose other headers are the system's, not Emscripten's: "
    "copy /usr/include/boost/hana* into a folder of its own, and name that")
endif()
add_library(ndfuse::hana INTERFACE IMPORTED GLOBAL)
set_target_properties(ndfuse::hana PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${NDFUSE_HANA_INCLUDE_DIR}")
