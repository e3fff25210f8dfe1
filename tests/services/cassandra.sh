#!/bin/sh
# Apache Cassandra, one node. See lib.sh. It takes a gigabyte of memory and the better part of a
# minute to start: it is for make stress.
. "$(dirname "$0")/lib.sh"
libs=$cache/cassandra

install() {
  debian openjdk-17-jre-headless java
  [ -e "$libs/ready" ] && return
  debian maven mvn
  (
    flock 9
    [ -e "$libs/ready" ] && exit
    mvn -q -B -f "$here/cassandra/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$libs"
    touch "$libs/ready"
  ) 9>"$cache/cassandra.lock" >&2
}

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  storage=$(port "$dir" storage)
  cat >"$dir/cassandra.yaml" <<Y
cluster_name: test
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:$storage"
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: $storage
native_transport_port: $number
commitlog_sync: periodic
commitlog_sync_period: 10000ms
commitlog_disk_access_mode: legacy
data_file_directories: [$dir/data]
commitlog_directory: $dir/commitlog
saved_caches_directory: $dir/saved_caches
hints_directory: $dir/hints
cdc_raw_directory: $dir/cdc
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
Y
  cat >"$dir/logback.xml" <<'X'
<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
X
  set --
  for p in java.base/java.io java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect \
    java.base/java.math java.base/java.net java.base/java.nio java.base/java.util \
    java.base/java.util.concurrent java.base/java.util.concurrent.atomic java.base/jdk.internal.loader \
    java.base/jdk.internal.math java.base/jdk.internal.misc java.base/jdk.internal.module \
    java.base/jdk.internal.ref java.base/jdk.internal.reflect java.base/jdk.internal.util.jar \
    java.base/jdk.internal.vm java.base/sun.nio.ch java.management/com.sun.jmx.remote.security \
    java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry \
    java.rmi/sun.rmi.server java.rmi/sun.rmi.transport java.rmi/sun.rmi.transport.tcp \
    java.sql/java.sql java.logging/java.util.logging jdk.management/com.sun.management.internal \
    jdk.naming.dns/com.sun.jndi.dns jdk.unsupported/sun.misc; do
    set -- "$@" "--add-opens=$p=ALL-UNNAMED" "--add-exports=$p=ALL-UNNAMED"
  done
  java -Xms256m -Xmx768m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$@" \
    -Djdk.attach.allowAttachSelf=true -Dcassandra-foreground=yes \
    "-Dcassandra.config=file://$dir/cassandra.yaml" "-Dcassandra.storagedir=$dir" \
    "-Dcassandra.logdir=$dir" "-Dlogback.configurationFile=$dir/logback.xml" \
    -Dcassandra.ring_delay_ms=0 -Dcassandra.skip_wait_for_gossip_to_settle=0 \
    -cp "$libs/*" org.apache.cassandra.service.CassandraDaemon >"$dir/log" 2>&1 </dev/null &
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
