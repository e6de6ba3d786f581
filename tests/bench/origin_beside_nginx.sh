#!/usr/bin/env bash
# Requests per second of the embedded origin and of nginx with one worker, side by side in one run.
#
#     HARNESS=build/release/bin/harness tests/bench/origin_beside_nginx.sh [SECONDS] [ROUNDS]
#
# wrk asks for 24 bytes over HTTP/1.1 during SECONDS (default 1) at each number of connections, and h2load over HTTP/2
# and TLS, each server in turn, in ROUNDS rounds (default 3) of which the best counts: whatever else runs on the machine
# can only make one slower. Exits 1 when the origin answers fewer than 0.9 of nginx's requests over HTTP/1.1, or fewer
# than 0.7 over HTTP/2. Needs nginx, wrk, h2load and openssl: apt-get install nginx-light wrk nghttp2-client openssl.
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

# measure NAME SERVER COMMAND...: a line "NAME SERVER RATE" for each.
wrk_rate() { wrk -t1 -c"$1" -d"$seconds" "$2" | awk '/Non-2xx|Socket errors/ { exit 1 } /^Requests\/sec:/ { print $2 }'; }
h2load_rate() {
    h2load -t1 -c"$1" -m"$2" -n 30000 "$3" | awk '/^requests:/ && $8 != 30000 { exit 1 } /^finished/ { print $4 }'
}
for ((round = 0; round < rounds; round++)); do
    for connections in 16 64 128 512 1000; do
        echo "HTTP/1.1,_$connections nginx $(wrk_rate "$connections" http://127.0.0.1:18080/)"
        echo "HTTP/1.1,_$connections origin $(wrk_rate "$connections" "$clear_url")"
    done
    for shape in "1 100" "16 10" "100 1"; do
        # shellcheck disable=SC2086  # two words
        echo "HTTP/2,_${shape/ /x} nginx $(h2load_rate $shape https://127.0.0.1:18443/)"
        # shellcheck disable=SC2086
        echo "HTTP/2,_${shape/ /x} origin $(h2load_rate $shape "$tls_url")"
    done
done >"$folder/table"

awk '
    !(($1, "nginx") in best) { order[++count] = $1 }
    $3 > best[$1, $2] { best[$1, $2] = $3 }
    END {
        for (i = 1; i <= count; i++) {
            name = order[i]
            ratio = best[name, "origin"] / best[name, "nginx"]
            wanted = name ~ /^HTTP\/2/ ? 0.7 : 0.9
            failed += ratio < wanted
            shown = name
            sub(/_/, " ", shown)
            printf "%-16s nginx %8.0f  origin %8.0f requests/s  %.2f (at least %.1f)\n", shown, best[name, "nginx"],
                best[name, "origin"], ratio, wanted
        }
        exit failed > 0
    }' "$folder/table"
