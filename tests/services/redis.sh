#!/bin/sh
# Redis. See lib.sh.
. "$(dirname "$0")/lib.sh"

install() { debian redis-server redis-server; }

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  redis-server --port "$number" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly yes \
    >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" redis-cli -p "$number" ping
  echo "$number"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
