#!/bin/sh
# Kinesis and Firehose (and S3) as moto's server has them, in memory. See lib.sh.
. "$(dirname "$0")/lib.sh"

moto=$cache/moto

install() {
  [ -e "$moto/ready" ] && return
  (
    flock 9
    [ -e "$moto/ready" ] && exit
    rm -rf "$moto"
    python3 -m venv "$moto" && "$moto/bin/pip" install -q 'moto[server,kinesis,firehose,s3]==5.*' &&
      touch "$moto/ready"
  ) 9>"$cache/moto.lock" >"$cache/moto.log" 2>&1 || { cat "$cache/moto.log" >&2; exit 1; }
}

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  "$moto/bin/moto_server" -H 127.0.0.1 -p "$number" >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" listens "$number"
  echo "$number"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
