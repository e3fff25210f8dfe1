#!/bin/sh
# MariaDB; user, password and database are 'test'. See lib.sh.
. "$(dirname "$0")/lib.sh"

install() { debian mariadb-server mariadbd; }

start() {
  dir=$1
  mkdir -p "$dir"
  number=$(port "$dir" port)
  user=$(id -un)
  if [ ! -d "$dir/data/mysql" ]; then
    mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
      --user="$user" --skip-test-db >"$dir/init.log" 2>&1 || { cat "$dir/init.log" >&2; exit 1; }
  fi
  PATH=$PATH:/usr/sbin
  mariadbd --no-defaults --user="$user" --datadir="$dir/data" --port="$number" \
    --bind-address=127.0.0.1 --socket="$dir/socket" --pid-file="$dir/mariadb.pid" \
    --innodb-flush-log-at-trx-commit=0 >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  await "$dir" mariadb --no-defaults -S "$dir/socket" -u root -e 'select 1'
  mariadb --no-defaults -S "$dir/socket" -u root -e "create database if not exists test;
    create user if not exists test@'127.0.0.1' identified by 'test';
    grant all on *.* to test@'127.0.0.1'"
  echo "$number"
}

case $1 in
install) install ;;
start) install; start "$2" ;;
stop) end "$2" TERM ;;
kill) end "$2" KILL ;;
esac
