# shellcheck shell=bash
# What harness needs, and the packages that bring it on each system: the one list of both. harness/quickstart, tests/run
# and .ci/run source this file, and install what is missing. CMake, which finds that something is missing, asks it what
# to say, and the table in docs/install.md comes from it:
#
#     bash harness/packages.sh remedy libcurl jansson     apt-get install libcurl4-openssl-dev libjansson-dev
#     bash harness/packages.sh list                       the table, as it stands below

# For what, which part, its packages (several have commas between them; "?": none is known), and its general name.
# Debian's names are installed and tested; the others are from their systems' documents.
parts='
for    part        debian                fedora              alpine                 arch               in-general
build  compiler    gcc                   gcc                 gcc                    gcc                a C compiler (gcc 12 or newer, or clang 14 or newer)
build  libc        libc6-dev             glibc-devel         musl-dev,linux-headers glibc              the headers of the C library and of Linux
build  make        make                  make                make                   make               make
build  cmake       cmake                 cmake               cmake                  cmake              CMake 3.25 or newer
build  pkg-config  pkg-config            pkgconf-pkg-config  pkgconf                pkgconf            pkg-config
build  libcurl     libcurl4-openssl-dev  libcurl-devel       curl-dev               curl               libcurl 7.88 or newer with its headers
build  jansson     libjansson-dev        jansson-devel       jansson-dev            jansson            jansson with its headers
build  libnghttp2  libnghttp2-dev        libnghttp2-devel    nghttp2-dev            libnghttp2         nghttp2 with its headers
build  openssl     libssl-dev            openssl-devel       openssl-dev            openssl            OpenSSL with its headers
build  libuv       libuv1-dev            libuv-devel         libuv-dev              libuv              libuv with its headers
build  liburing    liburing-dev          liburing-devel      liburing-dev           liburing           liburing with its headers
build  matplotlib  python3-matplotlib    python3-matplotlib  py3-matplotlib         python-matplotlib  matplotlib for Python 3
build  jinja       python3-jinja2        python3-jinja2      py3-jinja2             python-jinja       Jinja2 for Python 3
test   criterion   libcriterion-dev      criterion-devel     ?                      ?                  Criterion with its headers
test   certificates openssl              openssl             openssl                openssl            the program openssl
test   nginx       nginx                 nginx               nginx                  nginx              nginx
test   pytest      python3-pytest        python3-pytest      py3-pytest             python-pytest      pytest for Python 3
test   numpy       python3-numpy         python3-numpy       py3-numpy              python-numpy       NumPy for Python 3
test   scipy       python3-scipy         python3-scipy       py3-scipy              python-scipy       SciPy for Python 3
test   httpbin     python3-httpbin       python3-httpbin     ?                      ?                  httpbin for Python 3
test   h2          python3-h2            python3-h2          py3-h2                 python-h2          h2 for Python 3
test   requests    python3-requests      python3-requests    py3-requests           python-requests    requests for Python 3
test   aiohttp     python3-aiohttp       python3-aiohttp     py3-aiohttp            python-aiohttp     aiohttp for Python 3
test   httpx       python3-httpx         python3-httpx       py3-httpx              python-httpx       httpx for Python 3
test   pycurl      python3-pycurl        python3-pycurl      ?                      python-pycurl      pycurl for Python 3
test   perl        perl                  perl-HTTP-Tiny      perl                   perl               Perl with its usual modules
test   man         man-db                man-db              man-db                 man-db             man, which shows manual pages
test   sqlite      sqlite3               sqlite              sqlite                 sqlite             the program sqlite3
all    node        nodejs                nodejs              nodejs                 nodejs             Node.js 18 or newer
all    go          golang-go             golang              go                     go                 Go 1.18 or newer
all    browser     chromium              chromium            chromium               chromium           Chromium
all    webdriver   chromium-driver       chromedriver        chromium-chromedriver  chromium           Chromium'\''s WebDriver
all    selenium    python3-selenium      python3-selenium    py3-selenium           python-selenium    Selenium for Python 3
all    pandas      python3-pandas        python3-pandas      py3-pandas             python-pandas      pandas for Python 3
all    r           r-base-core           R-core              R                      r                  R
all    libreoffice libreoffice-calc      libreoffice-calc    libreoffice-calc       libreoffice-fresh  LibreOffice Calc
all    zsh         zsh                   zsh                 zsh                    zsh                zsh
all    fish        fish                  fish                fish                   fish               fish
check  git         git                   git                 git                    git                git
check  clang       clang                 clang               clang                  clang              clang 14 or newer
check  clang-tools clang-format,clang-tidy clang-tools-extra clang-extra-tools      clang              clang-format and clang-tidy
check  sanitizers  libclang-rt-dev       compiler-rt         compiler-rt            compiler-rt        clang'\''s sanitizers and libFuzzer
check  shellcheck  shellcheck            ShellCheck          shellcheck             shellcheck         ShellCheck
check  musl        musl-tools            musl-gcc            musl-dev               musl               musl-gcc
check  debootstrap debootstrap           debootstrap         debootstrap            debootstrap        debootstrap
'

# What /etc/os-release (or OS_RELEASE) says this system is, or is like: debian, fedora, alpine, arch; nothing if none of them.
system_family() {
    (
        ID='' ID_LIKE=''
        # shellcheck source=/dev/null
        . "${OS_RELEASE:-/etc/os-release}" 2>/dev/null
        for name in $ID $ID_LIKE; do
            case $name in
            debian | ubuntu) name=debian ;;
            fedora | rhel | centos) name=fedora ;;
            alpine | arch) ;;
            *) continue ;;
            esac
            echo "$name"
            return
        done
    )
}

# parts_for GROUP...: the names of the parts that are for building, for tests, for participants or for checks.
parts_for() { awk -v groups=" $* " 'NF && index(groups, " " $1 " ") { print $2 }' <<<"$parts"; }

# packages_of PART...: those that bring them on this system, one a line.
packages_of() {
    awk -v family="$(system_family)" -v wanted=" $* " '
        $1 == "for" { for (i = 3; i < NF; i++) if ($i == family) column = i }
        column && index(wanted, " " $2 " ") && $column != "?" { gsub(",", "\n", $column); print $column }' <<<"$parts" | awk '!seen[$0]++'
}

# unpackaged PART...: the general names of those that no known package brings, separated by semicolons.
unpackaged() {
    awk -v family="$(system_family)" -v wanted=" $* " '
        $1 == "for" { for (i = 3; i < NF; i++) if ($i == family) column = i }
        index(wanted, " " $2 " ") && (!column || $column == "?") {
            $1 = $2 = $3 = $4 = $5 = $6 = ""
            sub(/^ +/, "")
            printf "%s%s", separator, $0
            separator = "; "
        }' <<<"$parts"
}

# What installs packages here, as a person would type it.
installer() {
    case $(system_family) in
    debian) echo apt-get install ;;
    fedora) echo dnf install ;;
    alpine) echo apk add ;;
    arch) echo pacman -S ;;
    esac
}

# remedy PART...: in one line, what brings the parts to this system.
remedy() {
    local part packages others
    for part in "$@"; do
        grep -qE "^[a-z]+ +$part " <<<"$parts" || {
            echo "packages.sh: there is no part '$part'" >&2
            return 1
        }
    done
    packages=$(packages_of "$@" | paste -sd ' ')
    others=$(unpackaged "$@")
    echo "${packages:+$(installer) $packages}${others:+${packages:+, and }install what brings: $others}"
}

is_installed() {
    case $(system_family) in
    debian) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
    fedora) rpm -q --whatprovides "$1" ;;
    alpine) apk info --installed "$1" ;;
    arch) pacman -T "$1" ;;
    esac >/dev/null
}

# as_root COMMAND...: with sudo, where one isn't root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "sudo is missing: run as root: $(installer) ${missing[*]}" >&2
        return 1
    fi
}

install_packages() {
    case $(system_family) in
    debian)
        as_root apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
        ;;
    fedora) as_root dnf install -q -y --setopt=install_weak_deps=False "$@" ;;
    alpine) as_root apk add --quiet "$@" ;;
    arch) as_root pacman -S --noconfirm --needed "$@" ;;
    esac >/dev/null
}

# install_missing GROUP...: names and installs the packages that are not installed; quiet when all are there. What no
# known package brings is named, and the rest is tried without: the build says if it really is missing.
install_missing() {
    local names package others missing=()
    mapfile -t names < <(parts_for "$@")
    others=$(unpackaged "${names[@]}")
    [ -z "$others" ] || echo "no package is known on this system for these, so have them installed: $others" >&2
    while read -r package; do
        is_installed "$package" || missing+=("$package")
    done < <(packages_of "${names[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}"
    install_packages "${missing[@]}"
}

# Run, not sourced.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
    remedy) remedy "${@:2}" ;;
    list) echo "$parts" | sed '/^$/d' ;;
    *)
        echo "usage: $0 remedy PART... | list" >&2
        exit 2
        ;;
    esac
fi
