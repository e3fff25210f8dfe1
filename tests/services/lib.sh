# What the scripts of the services share. Each is called as
#   NAME.sh install       gets the packages, once
#   NAME.sh start DIR     starts a server on loopback with its data in DIR and prints its port;
#                         a DIR that has been used before keeps data and port
#   NAME.sh stop DIR      ends it; kill DIR does so with SIGKILL
# Data and packages lie below build/services. A server that does not come up is an error.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=$root/build/services
mkdir -p "$cache"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# debian PACKAGE COMMAND: installs a Debian package unless its command is there.
debian() {
  PATH=$PATH:/usr/sbin
  command -v "$2" >/dev/null 2>&1 && return
  (
    flock 9
    command -v "$2" >/dev/null 2>&1 && exit
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    [ -e "$cache/apt-updated" ] || { as_root apt-get -qq update && touch "$cache/apt-updated"; }
    as_root apt-get -qq install -y --no-install-recommends "$1"
  ) 9>"$cache/apt.lock" >"$cache/apt.log" 2>&1 || { cat "$cache/apt.log" >&2; exit 1; }
}

# port DIR NAME: a free port, the same for the same DIR and NAME.
port() {
  [ -s "$1/$2" ] || python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' >"$1/$2"
  cat "$1/$2"
}

# await DIR COMMAND…: waits until the command works, or shows the log and fails.
await() {
  dir=$1
  shift
  i=0
  until "$@" >/dev/null 2>&1; do
    i=$((i + 1))
    if [ $i -gt 600 ] || ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then
      echo "$(basename "$0"): the server did not start" >&2
      tail -40 "$dir/log" >&2
      exit 1
    fi
    sleep 0.2
  done
}

listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1"; }

# end DIR SIGNAL: ends the server and waits until it has gone.
end() {
  [ -s "$1/pid" ] || return 0
  pid=$(cat "$1/pid")
  kill "-$2" "$pid" 2>/dev/null || true
  i=0
  while kill -0 "$pid" 2>/dev/null && [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$1/pid"
}
