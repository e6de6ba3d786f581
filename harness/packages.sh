# shellcheck shell=bash
# What a fresh Debian 12 needs, in one place. Sourced by harness/quickstart, tests/run and .ci/run.
# shellcheck disable=SC2034  # used by those that source this

# To build, to run, and to draw the charts.
build_packages=(
    gcc libc6-dev make cmake pkg-config
    libcurl4-openssl-dev libjansson-dev libnghttp2-dev libssl-dev
    python3-matplotlib
)

# To run the tests: Criterion, end-to-end tests, and the references that results are held against.
test_packages=(
    libcriterion-dev openssl nginx python3-pytest python3-numpy python3-scipy python3-httpbin python3-h2
)

# To check the code itself.
check_packages=(
    git clang clang-format clang-tidy libclang-rt-14-dev shellcheck
)

# install_missing PACKAGE...: names and installs those that are not installed; quiet when all are there.
install_missing() {
    local package missing=() as_root=()
    if ! command -v apt-get >/dev/null; then
        echo "this is not Debian: install what corresponds to: $*" >&2
        return 0
    fi
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "sudo is missing: run as root: apt-get install ${missing[*]}" >&2
            return 1
        }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}
