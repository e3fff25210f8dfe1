#!/bin/sh
# Redis. See lib.sh. REDIS_PASSWORD and REDIS_TLS (a folder with ca.pem, cert.pem and key.pem: the
# port is then one with TLS) secure it.
. "$(dirname "$0")/lib.sh"

install() { debian redis-server redis-server; }

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  set -- --bind 127.0.0.1 --dir "$dir" --save '' --appendonly yes
  tools=
  if [ -n "${REDIS_TLS:-}" ]; then
    set -- "$@" --port 0 --tls-port "$number" --tls-auth-clients no \
      --tls-ca-cert-file "$REDIS_TLS/ca.pem" --tls-cert-file "$REDIS_TLS/cert.pem" \
      --tls-key-file "$REDIS_TLS/key.pem"
    tools="--tls --cacert $REDIS_TLS/ca.pem"
  else
    set -- "$@" --port "$number"
  fi
  if [ -n "${REDIS_PASSWORD:-}" ]; then set -- "$@" --requirepass "$REDIS_PASSWORD"; fi
  redis-server "$@" >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" answers
  echo "$number"
}

# shellcheck disable=SC2086 # the words of tools
answers() { REDISCLI_AUTH=${REDIS_PASSWORD:-} redis-cli -p "$number" $tools ping | grep -q PONG; }

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
