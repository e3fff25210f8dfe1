#!/bin/sh
# Apache Pulsar, one node with its own store, transactions on; "start" prints the ports of the broker
# and of the administrative interface. 235 MB of packages, up in about 10 s. See lib.sh.
. "$(dirname "$0")/lib.sh"
libs=$cache/pulsar

install() {
  debian openjdk-17-jre-headless java
  [ -e "$libs/ready" ] && return
  debian maven mvn
  (
    flock 9
    [ -e "$libs/ready" ] && exit
    mvn -q -B -f "$here/pulsar/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$libs"
    touch "$libs/ready"
  ) 9>"$cache/pulsar.lock" >&2
}

# serves PORT TOPIC: the topic has a broker, which comes up well after the port.
serves() {
  python3 -c 'import sys, urllib.request
urllib.request.urlopen("http://127.0.0.1:%s/%s" % tuple(sys.argv[1:]), timeout=5)' "$@"
}

start() {
  dir=$1
  mkdir -p "$dir"
  broker=$(port "$dir" port)
  web=$(port "$dir" web)
  cat >"$dir/standalone.conf" <<P
clusterName=standalone
bindAddress=127.0.0.1
advertisedAddress=127.0.0.1
brokerServicePort=$broker
webServicePort=$web
managedLedgerDefaultEnsembleSize=1
managedLedgerDefaultWriteQuorum=1
managedLedgerDefaultAckQuorum=1
numIOThreads=2
numHttpServerThreads=8
transactionCoordinatorEnabled=true
systemTopicEnabled=true
brokerDeleteInactiveTopicsEnabled=false
allowAutoTopicCreationType=non-partitioned
isRunningStandalone=true
journalDirectories=$dir/data
diskUsageThreshold=0.999
dbStorage_writeCacheMaxSizeMb=16
dbStorage_readAheadCacheMaxSizeMb=16
dbStorage_rocksDB_blockCacheSize=8388608
loadBalancerEnabled=false
P
  cat >"$dir/log4j2.properties" <<P
rootLogger.level=WARN
rootLogger.appenderRef.stdout.ref=STDOUT
appender.console.type=Console
appender.console.name=STDOUT
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{1}: %m%n
P
  opens=
  for p in java.base/jdk.internal.loader java.base/java.io java.base/java.util.zip \
    java.base/sun.net java.base/java.lang java.base/jdk.internal.misc java.base/jdk.internal.platform \
    java.management/sun.management jdk.management/com.sun.management.internal; do
    opens="$opens --add-opens $p=ALL-UNNAMED"
  done
  # shellcheck disable=SC2086
  java -Xms128m -Xmx512m -XX:MaxDirectMemorySize=512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    $opens -Dio.netty.tryReflectionSetAccessible=true -Dpulsar.allocator.exit_on_oom=true \
    -Dlog4j2.configurationFile="$dir/log4j2.properties" -cp "$libs/*" \
    org.apache.pulsar.PulsarStandaloneStarter --config "$dir/standalone.conf" \
    --no-functions-worker --no-stream-storage --metadata-dir "$dir/data/metadata" \
    --bookkeeper-dir "$dir/data/bookkeeper" --bookkeeper-port "$(port "$dir" bookkeeper)" \
    >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" serves "$web" admin/v2/namespaces/public/default
  echo "$broker,$web"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
