#!/usr/bin/env bash
# Requests per second of the embedded origin, by the number of connections. Exits 1 when the best is more than twice
# the worst: with some servers a certain number of ready connections costs far more than its neighbours.
#
#     HARNESS=build/release/bin/harness tests/bench/origin_throughput.sh [PATH] [SECONDS] [ROUNDS]
#
# PATH (default /status/200) is asked for during SECONDS (default 1) at each number of connections, in ROUNDS rounds
# (default 3) of which the best counts, because whatever else runs on the machine can only make it slower. Needs wrk,
# which takes one processor; the origin takes another.
set -euo pipefail

path=${1:-/status/200}
seconds=${2:-1}
rounds=${3:-3}
: "${HARNESS:?set HARNESS to the harness program, for example HARNESS=build/release/bin/harness}"
command -v wrk >/dev/null || {
    echo "wrk is missing: apt-get install wrk" >&2
    exit 2
}
# Each connection takes a descriptor.
ulimit -n "$(ulimit -Hn)"

folder=$(mktemp -d)
origin=
finish() {
    [ -z "$origin" ] || kill "$origin" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

touch "$folder/address" # for the first look at it
"$HARNESS" origin >"$folder/address" &
origin=$!
until grep -q listening "$folder/address"; do
    kill -0 "$origin" || exit 2
    sleep 0.05
done
url=$(sed 's/^listening on //' "$folder/address")$path

# wrk's first second finds the program's pages and the processor's clock cold.
wrk -t1 -c16 -d1 "$url" >/dev/null
for ((round = 0; round < rounds; round++)); do
    for connections in 16 127 128 129 256 512 1000; do
        wrk -t1 -c"$connections" -d"$seconds" "$url" >"$folder/wrk"
        if grep -E 'Socket errors|Non-2xx' "$folder/wrk" >&2; then
            echo "$connections connections: not all requests were answered" >&2
            exit 1
        fi
        awk -v connections="$connections" '/^Requests\/sec:/ { print connections, $2 }' "$folder/wrk" >>"$folder/table"
    done
done

awk '
    !($1 in most) { order[++count] = $1 }
    $2 > most[$1] { most[$1] = $2 }
    END {
        best = worst = most[order[1]]
        for (i = 1; i <= count; i++) {
            rate = most[order[i]]
            best = rate > best ? rate : best
            worst = rate < worst ? rate : worst
            printf "%5d connections  %8.0f requests/s\n", order[i], rate
        }
        printf "best / worst = %.2f (may be 2.00 at most)\n", best / worst
        exit best > 2 * worst
    }' "$folder/table"
