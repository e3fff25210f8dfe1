#!/bin/sh
# Apache Kafka, one node in KRaft mode; with SECURED set as kafka-secured.sh says. See lib.sh.
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

# secure DIR: certificate, and the properties of a listener with TLS and passwords.
secure() {
  [ -e "$1/broker.pem" ] || {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 \
      -addext subjectAltName=IP:127.0.0.1 -keyout "$1/key.pem" -out "$1/ca.pem" >"$1/log" 2>&1 ||
      { cat "$1/log" >&2; exit 1; }
    cat "$1/key.pem" "$1/ca.pem" >"$1/broker.pem"
  }
  module=org.apache.kafka.common.security
  cat >>"$1/server.properties" <<P
listeners=SASL_SSL://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller,INNER://127.0.0.1:$inner
advertised.listeners=SASL_SSL://127.0.0.1:$broker,INNER://127.0.0.1:$inner
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT,INNER:PLAINTEXT
inter.broker.listener.name=INNER
ssl.keystore.type=PEM
ssl.keystore.location=$1/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=$1/ca.pem
listener.name.sasl_ssl.ssl.client.auth=requested
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=$module.plain.PlainLoginModule required user_test="secret";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$module.scram.ScramLoginModule required;
P
  users="--add-scram SCRAM-SHA-256=[name=test,password=secret]
    --add-scram SCRAM-SHA-512=[name=test,password=secret]"
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
controller.listener.names=CONTROLLER
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
P
  users=
  if [ -n "${SECURED-}" ]; then
    inner=$(port "$dir" inner)
    secure "$dir"
  else
    cat >>"$dir/server.properties" <<P
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
P
  fi
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
    -c "$dir/server.properties" $users >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
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
