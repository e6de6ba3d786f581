#!/bin/sh
# Where the compiled client is: a program for each state of the source, so that no two experiments build one and the same.
# "build" compiles it, unless it is there.
set -e
folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/harness"
program="$folder/go-net-http-$(cksum <client.go | tr ' ' -)"
if [ "$1" = build ] && [ ! -x "$program" ]; then
    mkdir -p "$folder"
    go build -o "$program.$$" client.go
    mv "$program.$$" "$program"
fi
echo "$program"
