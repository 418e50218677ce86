#!/usr/bin/env bash
# A throw-away Redis: redis.sh ADDRESS PORT. It says "ready", serves until a line comes on standard input or that ends, and leaves nothing.
set -euo pipefail
folder=$(mktemp -d)
server=''
finish() {
    [ -z "$server" ] || { kill -TERM "$server"; wait "$server" || true; }
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
redis-server --bind "$1" --port "$2" --save '' --dir "$folder" > >(sed -u -n 's/.*Ready to accept connections.*/ready/p; /Could not\|Failed/p') 2>&1 </dev/null &
server=$!
read -r _ || true
