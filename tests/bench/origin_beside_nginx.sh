#!/usr/bin/env bash
# Requests per second of the embedded origin and of nginx with one worker, side by side in one run.
#
#     HARNESS=build/release/bin/harness tests/bench/origin_beside_nginx.sh [SECONDS] [ROUNDS]
#
# wrk asks for 24 bytes over HTTP/1.1 during SECONDS (default 1) at each number of connections, and h2load over HTTP/2
# and TLS, in ROUNDS rounds (default 3) of which the best counts: whatever else runs on the machine can only make one
# slower. Which server goes first changes from round to round. Beside the rates are the microseconds of processor time
# that a request took each server, the least of all rounds: other load hardly changes them. Exits 1 when the origin
# answers fewer than 0.9 of nginx's requests over HTTP/1.1, or fewer than 0.7 over HTTP/2. Needs nginx, wrk, h2load
# and openssl: apt-get install nginx-light wrk nghttp2-client openssl.
set -euo pipefail

seconds=${1:-1}
rounds=${2:-3}
: "${HARNESS:?set HARNESS to the harness program, for example HARNESS=build/release/bin/harness}"
for program in nginx wrk h2load openssl; do
    command -v "$program" >/dev/null || {
        echo "$program is missing: apt-get install nginx-light wrk nghttp2-client openssl" >&2
        exit 2
    }
done
# Each connection takes a descriptor.
ulimit -n "$(ulimit -Hn)"

folder=$(mktemp -d)
servers=()
finish() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
cat >"$folder/nginx.conf" <<END
worker_processes 1; daemon off; master_process off; pid $folder/pid; error_log $folder/errors;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 100000000; keepalive_timeout 3600; default_type application/octet-stream;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    server {
        listen unix:$folder/unused;
        listen 127.0.0.1:18080 backlog=4096;
        listen 127.0.0.1:18443 ssl http2;
        ssl_certificate $folder/certificate.pem; ssl_certificate_key $folder/key.pem;
        http2_max_concurrent_streams 1000;
        location / { return 200 "0123456789abcdef01234567"; }
    }
}
END
nginx -e "$folder/errors" -c "$folder/nginx.conf" 2>/dev/null &
servers+=($!)

# origin NAME OPTION...: starts one; its first line goes to the file of that name.
origin() {
    local name=$1
    shift
    touch "$folder/$name" # for the first look at it
    "$HARNESS" origin "$@" >"$folder/$name" &
    servers+=($!)
    until grep -q listening "$folder/$name"; do
        kill -0 $! || exit 2
        sleep 0.05
    done
}
origin clear
origin tls --tls
clear_url=$(sed -n 's/^listening on //p' "$folder/clear")/bytes/24
tls_url=$(sed -n 's/^listening on //p' "$folder/tls")/bytes/24

# Each prints how many requests there were, and how many a second.
ask_http1() { # CONNECTIONS URL
    wrk -t1 -c"$1" -d"$seconds" "$2" |
        awk '/Non-2xx|Socket errors/ { exit 1 } / requests in / { count = $1 } /^Requests\/sec:/ { print count, $2 }'
}
ask_http2() { # CONNECTIONS STREAMS URL
    h2load -t1 -c"$1" -m"$2" -n 30000 "$3" | awk '/^requests:/ && $8 != 30000 { exit 1 } /^finished/ { print 30000, $4 }'
}

# Nanoseconds that the process, which has one thread, has run.
cpu_ns() { cut -d' ' -f1 "/proc/$1/schedstat"; }

# measure NAME SERVER PID COMMAND...: a line "NAME SERVER RATE MICROSECONDS".
measure() {
    local name=$1 server=$2 pid=$3 before answer
    shift 3
    before=$(cpu_ns "$pid")
    answer=$("$@") || {
        echo "$server does not answer everything: $*" >&2
        exit 2
    }
    awk -v ns=$(($(cpu_ns "$pid") - before)) -v name="$name" -v server="$server" \
        '{ print name, server, $2, ns / 1000 / $1 }' <<<"$answer"
}

declare -A clear=([nginx]=http://127.0.0.1:18080/ [origin]=$clear_url)
declare -A secure=([nginx]=https://127.0.0.1:18443/ [origin]=$tls_url)
declare -A clear_pid=([nginx]=${servers[0]} [origin]=${servers[1]})
declare -A secure_pid=([nginx]=${servers[0]} [origin]=${servers[2]})
orders=("nginx origin" "origin nginx")
for ((round = 0; round < rounds; round++)); do
    for connections in 16 64 128 512 1000; do
        for server in ${orders[round % 2]}; do
            measure "HTTP/1.1,_$connections" "$server" "${clear_pid[$server]}" ask_http1 "$connections" "${clear[$server]}"
        done
    done
    for shape in "1 100" "16 10" "100 1"; do
        for server in ${orders[round % 2]}; do
            # shellcheck disable=SC2086  # two words
            measure "HTTP/2,_${shape/ /x}" "$server" "${secure_pid[$server]}" ask_http2 $shape "${secure[$server]}"
        done
    done
done >"$folder/table"

awk '
    !($1 in seen) { seen[$1]; order[++count] = $1 }
    !(($1, $2) in best) || $3 > best[$1, $2] { best[$1, $2] = $3 }
    !(($1, $2) in least) || $4 < least[$1, $2] { least[$1, $2] = $4 }
    END {
        for (i = 1; i <= count; i++) {
            name = order[i]
            ratio = best[name, "origin"] / best[name, "nginx"]
            wanted = name ~ /^HTTP\/2/ ? 0.7 : 0.9
            failed += ratio < wanted
            shown = name
            sub(/_/, " ", shown)
            printf "%-16s nginx %8.0f  origin %8.0f requests/s  %.2f (at least %.1f)  nginx %5.1f  origin %5.1f us/request\n",
                shown, best[name, "nginx"], best[name, "origin"], ratio, wanted, least[name, "nginx"],
                least[name, "origin"]
        }
        exit failed > 0
    }' "$folder/table"
