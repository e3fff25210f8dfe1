#!/bin/sh
# PostgreSQL; user and database are 'test', every password is right. See lib.sh.
. "$(dirname "$0")/lib.sh"

bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1; }
install() { [ -n "$(bin)" ] || debian postgresql no-such-command; }

# The server refuses to run as root.
as=
[ "$(id -u)" != 0 ] || as="setpriv --reuid=postgres --regid=postgres --init-groups"

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  [ "$(id -u)" != 0 ] || chown -R postgres "$dir"
  if [ ! -e "$dir/data/PG_VERSION" ]; then
    $as "$(bin)/initdb" -D "$dir/data" -U test -A trust -E UTF8 >"$dir/init.log" 2>&1 ||
      { cat "$dir/init.log" >&2; exit 1; }
  fi
  $as "$(bin)/postgres" -D "$dir/data" -p "$number" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=off -c wal_level=logical >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" "$(bin)/psql" -h 127.0.0.1 -p "$number" -U test -d postgres -c 'select 1'
  "$(bin)/psql" -q -h 127.0.0.1 -p "$number" -U test -d postgres -c 'create database test' \
    >/dev/null 2>&1 || true
  echo "$number"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" INT ;;
kill) end "$2" KILL ;;
esac
