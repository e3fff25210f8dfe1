#!/bin/sh
# install.sh PYTHON FOLDER: a virtual environment with apache-flink, for tests that compare with it.
# FOLDER/ready is made when it works. Where it cannot be had the tests are skipped and say why:
# this never fails.
python=$1
folder=$2
mkdir -p "$folder"
if [ -e build/bench/pyflink/ready ]; then
  echo "PyFlink: the environment of make bench is used"
  touch "$folder/done"
  exit 0
fi
if ! command -v java >/dev/null; then
  echo "PyFlink: there is no Java here, comparisons with it are skipped"
  exit 0
fi
for attempt in 1 2; do
  [ "$attempt" = 1 ] || sleep 20
  "$python" -m venv --clear "$folder" &&
    timeout 600 "$folder/bin/pip" install -q --timeout 60 --retries 5 'apache-flink==2.3.0' \
      'setuptools<81' &&
    "$folder/bin/python" -c 'import pyflink.datastream, pyflink.table' &&
    touch "$folder/ready" "$folder/done" && exit 0
  echo "PyFlink: attempt $attempt to install it failed"
done
echo "PyFlink: it could not be installed, comparisons with it are skipped"
