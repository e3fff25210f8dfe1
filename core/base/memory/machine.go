package memory

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// fraction of the machine's memory that is managed, Flink's taskmanager.memory.managed.fraction.
const fraction = 0.4

// Machine is the budget of jobs that name none: 40 % of the memory that the process may use, which
// is the least of the machine's, its control group's and GOMEMLIMIT. All such jobs of a process
// share it.
var Machine = sync.OnceValue(func() *Budget { return New(int64(fraction * float64(Available()))) })

// Available is the memory that the process may use, in bytes.
func Available() int64 {
	least := int64(4 << 30)
	if n := meminfo("/proc/meminfo"); n > 0 {
		least = n
	}
	for _, f := range []string{"/sys/fs/cgroup/memory.max",
		"/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(f); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				least = min(least, n)
			}
		}
	}
	if n := debug.SetMemoryLimit(-1); n < math.MaxInt64 {
		least = min(least, n)
	}
	return least
}

// meminfo reads MemTotal, in bytes.
func meminfo(file string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "MemTotal:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
