//go:build !linux

package worker

// noSignal is not needed where Python and Go's runtime ignore SIGPIPE on sockets.
const noSignal = 0
