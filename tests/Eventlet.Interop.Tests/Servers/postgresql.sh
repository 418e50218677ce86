#!/usr/bin/env bash
# A throw-away PostgreSQL: postgresql.sh ADDRESS PORT. It says "ready", serves until a line comes on standard input or that ends, and leaves nothing.
set -euo pipefail
cd /
bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1) || { echo 'there is no PostgreSQL; Debian has it in: postgresql' >&2; exit 1; }
server='' as=()
folder=$(mktemp -d)
finish() {
    [ -z "$server" ] || { kill -INT "$server"; wait "$server" || true; }
    rm -rf "$folder"
}
trap finish EXIT
if [ "$(id -u)" = 0 ]; then # It refuses to be run by root.
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chown postgres "$folder"
fi
"${as[@]}" "$bin/initdb" --pgdata="$folder/data" --auth=trust --username=test --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/postgres" -D "$folder/data" -k "$folder" -h "$1" -p "$2" -F -c log_line_prefix= \
    > >(sed -u -n 's/.*ready to accept connections.*/ready/p; /FATAL/p') 2>&1 </dev/null &
server=$!
read -r _ || true
