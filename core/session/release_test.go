package session

import (
	"runtime"
	"testing"
)

// TestJobsThatAreOverKeepNothing: a notebook runs one query after the other in one session. Each
// of these has some 20 MB of state.
func TestJobsThatAreOverKeepNothing(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, `CREATE TABLE t (a BIGINT) WITH ('connector' = 'datagen',
		'rows-per-second' = '100000000', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1',
		'fields.a.end' = '100000')`)
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var before int64
	for i := range 5 {
		if n := len(rows(t, s, "SELECT a, COUNT(*) FROM t GROUP BY a")); n != 100_000 {
			t.Fatal(n)
		}
		if i == 1 { // what is made once has been made
			before = live()
		}
	}
	if more := live() - before; more > 8<<20 {
		t.Errorf("three more jobs left %d MB behind", more>>20)
	}
}
