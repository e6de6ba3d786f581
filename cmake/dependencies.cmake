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
harness_find_module(H2O libh2o-evloop libh2o-evloop-dev)
harness_find_module(OPENSSL openssl libssl-dev)
if(HARNESS_TESTS)
    harness_find_module(CRITERION criterion libcriterion-dev)
endif()

# The charts need a Python that can import matplotlib. Debian's python3-matplotlib belongs to
# /usr/bin/python3, so that one is asked first, whatever else PATH holds.
foreach(candidate IN ITEMS "${HARNESS_PYTHON}" /usr/bin/python3 python3)
    if(candidate)
        execute_process(COMMAND ${candidate} -c "import matplotlib"
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

# The Python tests need more than the charts do; their python3 is Debian's for the same reason.
if(HARNESS_TESTS)
    set(HARNESS_TEST_PYTHON /usr/bin/python3 CACHE FILEPATH "the python3 that runs the Python tests")
    execute_process(COMMAND ${HARNESS_TEST_PYTHON} -c "import pytest, numpy, scipy, httpbin"
        RESULT_VARIABLE modules_missing ERROR_VARIABLE module_error OUTPUT_QUIET)
    if(NOT modules_missing STREQUAL "0")
        message(FATAL_ERROR "the tests need Python modules that ${HARNESS_TEST_PYTHON} can't import: "
            "apt-get install python3-pytest python3-numpy python3-scipy python3-httpbin, "
            "or leave the tests out with -DHARNESS_TESTS=OFF\n${module_error}")
    endif()
endif()
