# What is missing is named in the message, with the package that brings it: harness/packages.sh has the list of parts.

# harness_remedy(RESULT PART...): what brings the parts to this system, in words.
function(harness_remedy RESULT)
    execute_process(COMMAND bash ${PROJECT_SOURCE_DIR}/harness/packages.sh remedy ${ARGN}
        OUTPUT_VARIABLE remedy OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT remedy)
        list(JOIN ARGN ", " parts)
        set(remedy "install ${parts}; and bash, which knows the packages")
    endif()
    set(${RESULT} "${remedy}" PARENT_SCOPE)
endfunction()

# harness_missing(PART WHAT): the error that says so.
function(harness_missing PART WHAT)
    harness_remedy(remedy ${PART})
    message(FATAL_ERROR "${WHAT} is missing: ${remedy}")
endfunction()

find_package(Threads REQUIRED)
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
    harness_missing(pkg-config "pkg-config")
endif()

find_package(CURL 7.88)
if(NOT CURL_FOUND)
    harness_missing(libcurl "libcurl 7.88 or newer")
endif()

# harness_find_module(NAME MODULE): the imported target PkgConfig::NAME, or an error that names the package. The part is
# called as pkg-config calls the module.
function(harness_find_module NAME MODULE)
    pkg_check_modules(${NAME} QUIET IMPORTED_TARGET GLOBAL ${MODULE})
    if(NOT ${NAME}_FOUND)
        harness_missing(${MODULE} ${MODULE})
    endif()
endfunction()

harness_find_module(JANSSON jansson)
harness_find_module(NGHTTP2 libnghttp2)
harness_find_module(OPENSSL openssl)

# harness_find_optional(NAME MODULE [VERSION]): the same for what only some strategies need, of that version or later; without
# it they are listed as not available. HARNESS_WITHOUT names modules that are not to be looked for.
set(HARNESS_WITHOUT "" CACHE STRING "what to build without, though it is there: libuv, liburing, ucontext")
function(harness_find_optional NAME MODULE)
    list(TRANSFORM ARGN PREPEND ">=" OUTPUT_VARIABLE at_least)
    if(NOT MODULE IN_LIST HARNESS_WITHOUT)
        pkg_check_modules(${NAME} QUIET IMPORTED_TARGET GLOBAL ${MODULE}${at_least})
    else()
        unset(${NAME}_FOUND CACHE)
    endif()
    if(NOT ${NAME}_FOUND)
        harness_remedy(remedy ${MODULE})
        message(NOTICE "${MODULE}${at_least} is missing, and the strategy that needs it will be: to have it, ${remedy}")
    endif()
endfunction()

harness_find_optional(UV libuv)
harness_find_optional(URING liburing 2.2) # the first with 64 bits of user data for a poll's removal

# nghttp2 from 1.57 on, and Debian 12's 1.52, end a connection on which many streams are reset, unless told not to. Older
# ones neither do so nor can be told.
include(CheckSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::NGHTTP2)
check_symbol_exists(nghttp2_option_set_stream_reset_rate_limit nghttp2/nghttp2.h HARNESS_NGHTTP2_LIMITS_RESETS)
unset(CMAKE_REQUIRED_LIBRARIES)

if("ucontext" IN_LIST HARNESS_WITHOUT)
    unset(HARNESS_HAS_UCONTEXT CACHE)
else()
    check_symbol_exists(swapcontext ucontext.h HARNESS_HAS_UCONTEXT)
endif()

# The charts need a Python that can import matplotlib, and the report Jinja2. Debian's packages of them belong to
# /usr/bin/python3, so that one is asked first, whatever else PATH holds. harness-plot starts it with -E as well.
foreach(candidate IN ITEMS "${HARNESS_PYTHON}" /usr/bin/python3 python3)
    if(candidate)
        execute_process(COMMAND ${candidate} -E -c "import jinja2, matplotlib"
            RESULT_VARIABLE modules_missing OUTPUT_QUIET ERROR_QUIET)
        if(modules_missing STREQUAL "0")
            find_program(HARNESS_PYTHON_FOUND NAMES ${candidate} REQUIRED NO_CACHE)
            break()
        endif()
    endif()
endforeach()
if(NOT HARNESS_PYTHON_FOUND)
    harness_remedy(remedy matplotlib jinja)
    message(FATAL_ERROR "no python3 that can import matplotlib, which draws the charts, and jinja2, which writes the "
        "report: ${remedy} (or name another with -DHARNESS_PYTHON=/path/to/python3)")
endif()
set(HARNESS_PYTHON ${HARNESS_PYTHON_FOUND} CACHE FILEPATH "the python3 that draws the charts")

# The tests need more. Unless they are asked for, building goes without what is missing. HARNESS_TEST_PYTHON is
# Debian's, as for the charts.
set(harness_tests_parts "")
if(HARNESS_TESTS)
    set(HARNESS_TEST_PYTHON /usr/bin/python3 CACHE FILEPATH "the python3 that runs the Python tests")
    pkg_check_modules(CRITERION QUIET IMPORTED_TARGET GLOBAL criterion)
    if(NOT CRITERION_FOUND)
        list(APPEND harness_tests_parts criterion)
    endif()
    find_program(harness_openssl openssl NO_CACHE)
    if(NOT harness_openssl)
        list(APPEND harness_tests_parts certificates)
    endif()
    find_program(harness_nginx nginx PATHS /usr/sbin /usr/local/sbin NO_CACHE)
    if(NOT harness_nginx)
        list(APPEND harness_tests_parts nginx)
    endif()
    execute_process(COMMAND ${HARNESS_TEST_PYTHON} -c "import pytest, numpy, scipy, httpbin, h2"
        RESULT_VARIABLE modules_missing OUTPUT_QUIET ERROR_QUIET)
    if(NOT modules_missing STREQUAL "0")
        foreach(module IN ITEMS pytest numpy scipy httpbin h2)
            execute_process(COMMAND ${HARNESS_TEST_PYTHON} -c "import ${module}"
                RESULT_VARIABLE module_missing OUTPUT_QUIET ERROR_QUIET)
            if(NOT module_missing STREQUAL "0")
                list(APPEND harness_tests_parts ${module})
            endif()
        endforeach()
    endif()
endif()
set(harness_has_tests OFF)
if(NOT HARNESS_TESTS)
    set(harness_tests_missing "HARNESS_TESTS is OFF; configure with -DHARNESS_TESTS=AUTO, and build")
elseif(NOT harness_tests_parts)
    set(harness_has_tests ON)
elseif(HARNESS_TESTS STREQUAL "AUTO")
    harness_remedy(remedy ${harness_tests_parts})
    set(harness_tests_missing "${remedy}, then configure and build again")
    message(NOTICE "the tests are left out: to have them, ${harness_tests_missing}")
else()
    harness_remedy(remedy ${harness_tests_parts})
    message(FATAL_ERROR "the tests need what is missing: ${remedy} "
        "(or leave the tests out with -DHARNESS_TESTS=OFF)")
endif()
