#!/bin/sh
# RabbitMQ, user guest with password guest. See lib.sh.
. "$(dirname "$0")/lib.sh"

install() { debian rabbitmq-server rabbitmqctl; }

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  names=$(port "$dir" names) # Erlang's name server: one of our own, which ends with the broker
  : >"$dir/rabbitmq.conf"
  : >"$dir/enabled_plugins"
  env HOME="$dir" ERL_EPMD_PORT="$names" ERL_EPMD_ADDRESS=127.0.0.1 RUNNING_UNDER_SYSTEMD=1 \
    RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_DIST_PORT="$(port "$dir" dist)" \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$number" \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_MNESIA_BASE="$dir/data" RABBITMQ_LOG_BASE="$dir/logs" \
    RABBITMQ_PID_FILE="$dir/beam" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +S 2:2" \
    /usr/lib/rabbitmq/bin/rabbitmq-server >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" listens "$number"
  echo "$number"
}

stop() {
  end "$1" "$2"
  [ ! -s "$1/names" ] || ERL_EPMD_PORT=$(cat "$1/names") epmd -kill >/dev/null 2>&1 || true
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) stop "$2" TERM ;;
kill) stop "$2" KILL ;;
esac
