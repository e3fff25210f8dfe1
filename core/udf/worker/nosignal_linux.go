package worker

import "syscall"

// noSignal has a send to a process that has gone fail without SIGPIPE.
const noSignal = syscall.MSG_NOSIGNAL
