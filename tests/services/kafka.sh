#!/bin/sh
# Apache Kafka, one node in KRaft mode. See lib.sh.
. "$(dirname "$0")/lib.sh"
libs=$cache/kafka

install() {
  debian openjdk-17-jre-headless java
  [ -e "$libs/ready" ] && return
  debian maven mvn
  (
    flock 9
    [ -e "$libs/ready" ] && exit
    mvn -q -B -f "$here/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$libs"
    touch "$libs/ready"
  ) 9>"$cache/kafka.lock" >&2
}

start() {
  dir=$1
  mkdir -p "$dir"
  broker=$(port "$dir" port)
  controller=$(port "$dir" controller)
  cat >"$dir/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
P
  cat >"$dir/log4j2.properties" <<P
rootLogger.level=WARN
rootLogger.appenderRef.stdout.ref=STDOUT
appender.console.type=Console
appender.console.name=STDOUT
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1}: %m%n
P
  run="java -Xms128m -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
    -Dlog4j2.configurationFile=$dir/log4j2.properties -cp $libs/*"
  set -f
  $run kafka.tools.StorageTool format --ignore-formatted -t aGVhZHJhY2VoZWFkcmFjZQ \
    -c "$dir/server.properties" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
  $run kafka.Kafka "$dir/server.properties" >>"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" listens "$broker"
  echo "$broker"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
