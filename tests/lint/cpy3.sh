#!/bin/sh
# Builds and tests the link-time host with the Python named by HEADRACE_PYTHON.
set -eu
cd "$(dirname "$0")/../.."
python=${HEADRACE_PYTHON:-python3}
config() { "$python" -c "import sysconfig; print(sysconfig.get_config_var('$1') or '')"; }
export PKG_CONFIG_PATH="$(config LIBPC)"
export CGO_CFLAGS="-O2 -include $PWD/cgo/linkhost/removed.h"
export CGO_LDFLAGS="-L$(config LIBDIR) -lpython$(config LDVERSION) -Wl,-rpath,$(config LIBDIR)"
export HEADRACE_PYTHON="$python"
go test -count=1 -tags cpy3 ./cgo/linkhost
go build -tags cpy3 -o /dev/null ./cmd/headrace
