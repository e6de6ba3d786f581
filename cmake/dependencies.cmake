# Every dependency is a Debian 12 package; a missing one is named in the message.

find_package(Threads REQUIRED)
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
    message(FATAL_ERROR "pkg-config is missing: apt-get install pkg-config")
endif()

find_package(CURL 7.88)
if(NOT CURL_FOUND)
    message(FATAL_ERROR "libcurl 7.88 or newer is missing: apt-get install libcurl4-openssl-dev")
endif()

# harness_find_module(NAME MODULE PACKAGE): the imported target PkgConfig::NAME, or an error that
# names the Debian package.
function(harness_find_module NAME MODULE PACKAGE)
    pkg_check_modules(${NAME} QUIET IMPORTED_TARGET GLOBAL ${MODULE})
    if(NOT ${NAME}_FOUND)
        message(FATAL_ERROR "${MODULE} is missing: apt-get install ${PACKAGE}")
    endif()
endfunction()

harness_find_module(JANSSON jansson libjansson-dev)
harness_find_module(NGHTTP2 libnghttp2 libnghttp2-dev)
harness_find_module(OPENSSL openssl libssl-dev)

# nghttp2 from 1.57 on, and Debian 12's 1.52, end a connection on which many streams are reset, unless told not to. Older
# ones neither do so nor can be told.
include(CheckSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::NGHTTP2)
check_symbol_exists(nghttp2_option_set_stream_reset_rate_limit nghttp2/nghttp2.h HARNESS_NGHTTP2_LIMITS_RESETS)
unset(CMAKE_REQUIRED_LIBRARIES)

# The charts need a Python that can import matplotlib. Debian's python3-matplotlib belongs to
# /usr/bin/python3, so that one is asked first, whatever else PATH holds. harness-plot starts it with -E as well.
foreach(candidate IN ITEMS "${HARNESS_PYTHON}" /usr/bin/python3 python3)
    if(candidate)
        execute_process(COMMAND ${candidate} -E -c "import matplotlib"
            RESULT_VARIABLE matplotlib_missing OUTPUT_QUIET ERROR_QUIET)
        if(matplotlib_missing STREQUAL "0")
            find_program(HARNESS_PYTHON_FOUND NAMES ${candidate} REQUIRED NO_CACHE)
            break()
        endif()
    endif()
endforeach()
if(NOT HARNESS_PYTHON_FOUND)
    message(FATAL_ERROR "no python3 that can import matplotlib, which draws the charts: apt-get install python3-matplotlib "
        "(or name another with -DHARNESS_PYTHON=/path/to/python3)")
endif()
set(HARNESS_PYTHON ${HARNESS_PYTHON_FOUND} CACHE FILEPATH "the python3 that draws the charts")

# The tests need more. Unless they are asked for, building goes without what is missing. HARNESS_TEST_PYTHON is
# Debian's, as for the charts.
set(harness_tests_packages "")
if(HARNESS_TESTS)
    set(HARNESS_TEST_PYTHON /usr/bin/python3 CACHE FILEPATH "the python3 that runs the Python tests")
    pkg_check_modules(CRITERION QUIET IMPORTED_TARGET GLOBAL criterion)
    if(NOT CRITERION_FOUND)
        list(APPEND harness_tests_packages libcriterion-dev)
    endif()
    find_program(harness_openssl openssl NO_CACHE)
    if(NOT harness_openssl)
        list(APPEND harness_tests_packages openssl)
    endif()
    find_program(harness_nginx nginx PATHS /usr/sbin /usr/local/sbin NO_CACHE)
    if(NOT harness_nginx)
        list(APPEND harness_tests_packages nginx)
    endif()
    execute_process(COMMAND ${HARNESS_TEST_PYTHON} -c "import pytest, numpy, scipy, httpbin, h2"
        RESULT_VARIABLE modules_missing OUTPUT_QUIET ERROR_QUIET)
    if(NOT modules_missing STREQUAL "0")
        foreach(module IN ITEMS pytest numpy scipy httpbin h2)
            execute_process(COMMAND ${HARNESS_TEST_PYTHON} -c "import ${module}"
                RESULT_VARIABLE module_missing OUTPUT_QUIET ERROR_QUIET)
            if(NOT module_missing STREQUAL "0")
                list(APPEND harness_tests_packages python3-${module})
            endif()
        endforeach()
    endif()
    list(JOIN harness_tests_packages " " harness_tests_packages)
endif()
set(harness_has_tests OFF)
if(NOT HARNESS_TESTS)
    set(harness_tests_missing "HARNESS_TESTS is OFF; configure with -DHARNESS_TESTS=AUTO, and build")
elseif(NOT harness_tests_packages)
    set(harness_has_tests ON)
elseif(HARNESS_TESTS STREQUAL "AUTO")
    set(harness_tests_missing "apt-get install ${harness_tests_packages}, then configure and build again")
    message(NOTICE "the tests are left out: to have them, ${harness_tests_missing}")
else()
    message(FATAL_ERROR "the tests need packages that are missing: apt-get install ${harness_tests_packages} "
        "(or leave the tests out with -DHARNESS_TESTS=OFF)")
endif()
