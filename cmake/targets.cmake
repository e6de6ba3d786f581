# What all targets share: warnings, sanitizers, and the shape of a library.

add_library(harness_options INTERFACE)
target_compile_definitions(harness_options INTERFACE _GNU_SOURCE)
target_compile_options(harness_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -fno-omit-frame-pointer
    $<$<BOOL:${HARNESS_WERROR}>:-Werror>)
if(HARNESS_SANITIZE)
    target_compile_options(harness_options INTERFACE -fsanitize=${HARNESS_SANITIZE} -fno-sanitize-recover=undefined)
    target_link_options(harness_options INTERFACE -fsanitize=${HARNESS_SANITIZE})
endif()

# harness_library(NAME SOURCES ... LINKS ... [SHOWS ...] [PRIVATE_LINKS ...])
#
# A folder is one static library. Its headers can be included by the folders that name it in their LINKS and by nobody
# else: links are private, so they are passed on to the linker and not to the compiler. So the LINKS in each folder's
# CMakeLists.txt are the arrows of the architecture. LINKS are folders, SHOWS libraries that the headers include,
# PRIVATE_LINKS all other libraries.
function(harness_library NAME)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;SHOWS;PRIVATE_LINKS" ${ARGN})
    add_library(harness_${NAME} STATIC ${ARG_SOURCES})
    target_include_directories(harness_${NAME} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(harness_${NAME}
        PUBLIC ${ARG_SHOWS}
        PRIVATE harness_options ${ARG_LINKS} ${ARG_PRIVATE_LINKS})
endfunction()
