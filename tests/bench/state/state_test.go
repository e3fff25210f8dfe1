// Package state measures what keyed state costs in a whole job: checkpoints, restore, state larger
// than the memory budget. `make bench` runs it.
package state

import (
	"context"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/job"
)

const (
	keys     = 1_000_000
	measured = 8 * time.Second
)

// BenchmarkCheckpoints: 1 M keys of 100 bytes on pebble, random updates, a checkpoint a second.
func BenchmarkCheckpoints(b *testing.B) {
	interval := config.Map{"execution.checkpointing.interval": "1 s"}
	incremental := with(interval, "execution.checkpointing.incremental", "true")
	settings := []struct {
		name string
		cfg  config.Map
	}{
		{"none", config.Map{}},
		{"full", interval},
		{"incremental", incremental},
		{"changelog", with(incremental, "state.changelog.enabled", "true")},
	}
	for _, backend := range []string{"pebble", "hashmap"} {
		for _, s := range settings {
			b.Run(backend+"/"+s.name, func(b *testing.B) {
				for range b.N {
					report(b, run(b, keys, with(s.cfg, "state.backend.type", backend)))
				}
			})
		}
	}
}

// BenchmarkChurn: 1 % of the keys change between two checkpoints; what is uploaded follows the
// churn. The merges' share is of what the deltas wrote.
func BenchmarkChurn(b *testing.B) {
	cfg := config.Map{"execution.checkpointing.interval": "1 s", "state.backend.type": "pebble",
		"execution.checkpointing.incremental": "true"}
	for _, changelog := range []string{"false", "true"} {
		b.Run("changelog="+changelog, func(b *testing.B) {
			for range b.N {
				report(b, run(b, keys/100, with(cfg, "state.changelog.enabled", changelog)))
			}
		})
	}
}

func with(cfg config.Map, key, value string) config.Map {
	out := config.Map{key: value}
	for k, v := range cfg {
		out[k] = v
	}
	return out
}

// figures are what one run gave.
type figures struct {
	rowsPerSecond float64
	cpuNs         float64   // CPU time of the process a row
	durations     []float64 // ms, of checkpoints
	uploads       []float64 // bytes, of checkpoints
	merged        float64   // bytes that merges wrote, in those that captures wrote
}

// fullBytes is what a full snapshot has at least.
const fullBytes = keys * valueBytes

// run loads the keys and then counts updates of the hot ones for a while.
func run(b *testing.B, hot int64, cfg config.Map) figures {
	b.Helper()
	dir := b.TempDir()
	src := &updates{keys: keys, hot: hot, rows: math.MaxInt64, loaded: make(chan struct{})}
	j, err := start(src, dir, with(cfg, "execution.checkpointing.dir", dir+"/checkpoints"))
	if err != nil {
		b.Fatal(err)
	}
	select {
	case <-src.loaded:
	case <-j.Done():
		b.Fatal(j.Err())
	}
	awaitSnapshots(j, 2) // the first ones hold all that was loaded
	from, skip, begin, cpu := src.worked.Load(), len(j.Snapshots()), time.Now(), cpuTime()
	select {
	case <-time.After(measured):
	case <-j.Done():
		b.Fatal(j.Err())
	}
	rows := float64(src.worked.Load() - from)
	f := figures{rowsPerSecond: rows / time.Since(begin).Seconds(),
		cpuNs: float64(cpuTime()-cpu) / rows}
	for i, s := range j.Snapshots() {
		if i >= skip {
			f.durations = append(f.durations, float64(s.EndMs-s.StartMs))
			f.uploads = append(f.uploads, float64(s.NewBytes))
		}
	}
	if deltas := metric(j, "keep.0.state.deltaBytes"); deltas > 0 {
		f.merged = float64(metric(j, "keep.0.state.mergeBytes")) / float64(deltas)
	}
	j.Cancel()
	<-j.Done()
	return f
}

func metric(j *job.Job, name string) int64 {
	for _, m := range j.Metrics() {
		if m.Name == name {
			return m.Value
		}
	}
	return 0
}

// awaitSnapshots waits until a job that takes checkpoints has taken n more.
func awaitSnapshots(j *job.Job, n int) {
	have := len(j.Snapshots())
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if len(j.Snapshots()) >= have+n {
			return
		}
		time.Sleep(10 * time.Millisecond)
		if have == 0 && time.Until(end) < 17*time.Second && len(j.Snapshots()) == 0 {
			return // none are taken
		}
	}
}

func report(b *testing.B, f figures) {
	b.ReportMetric(f.rowsPerSecond, "rows/s")
	b.ReportMetric(f.cpuNs, "cpu-ns/row")
	if len(f.durations) == 0 {
		return
	}
	slices.Sort(f.durations)
	slices.Sort(f.uploads)
	b.ReportMetric(f.durations[len(f.durations)*99/100], "p99-ms")
	b.ReportMetric(f.durations[len(f.durations)/2], "p50-ms")
	b.ReportMetric(f.uploads[len(f.uploads)/2]/1e6, "MB/checkpoint")
	b.ReportMetric(100*f.merged, "%-merged")
	b.ReportMetric(100*f.uploads[len(f.uploads)/2]/fullBytes, "%-of-full")
}

// BenchmarkRestore: until the first row after the restore of 1 M keys has been worked on.
func BenchmarkRestore(b *testing.B) {
	for _, backend := range []string{"pebble", "hashmap"} {
		b.Run(backend, func(b *testing.B) {
			for range b.N {
				restore(b, config.Map{"state.backend.type": backend})
			}
		})
	}
}

func restore(b *testing.B, cfg config.Map) {
	b.Helper()
	dir := b.TempDir()
	src := &updates{keys: keys, hot: keys, rows: math.MaxInt64, loaded: make(chan struct{})}
	j, err := start(src, dir, cfg)
	if err != nil {
		b.Fatal(err)
	}
	<-src.loaded
	path, err := j.Stop(context.Background(), dir+"/savepoints", false)
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	src = &updates{keys: keys, hot: keys, rows: math.MaxInt64}
	if j, err = start(src, dir, with(cfg, "execution.state-recovery.path", path)); err != nil {
		b.Fatal(err)
	}
	for src.worked.Load() == 0 {
		if j.Status().Final() {
			b.Fatal(j.Err())
		}
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(time.Since(begin).Seconds(), "s/restore")
	j.Cancel()
	<-j.Done()
}

// BenchmarkLargerThanMemory: state of four times the budget; what the process holds above it.
func BenchmarkLargerThanMemory(b *testing.B) {
	for range b.N {
		runtime.GC()
		before := residentBytes()
		dir, budget := b.TempDir(), int64(keys*valueBytes/2)
		src := &updates{keys: 2 * keys, hot: 2 * keys, rows: 6 * keys}
		begin := time.Now()
		j, err := start(src, dir, config.Map{"state.backend.type": "pebble",
			"execution.checkpointing.interval":    "1 s",
			"execution.checkpointing.incremental": "true",
			"execution.checkpointing.dir":         dir + "/checkpoints",
			"taskmanager.memory.managed.size":     strconv.FormatInt(budget, 10)})
		if err != nil {
			b.Fatal(err)
		}
		most := int64(0)
		for !j.Status().Final() {
			most = max(most, residentBytes()-before)
			time.Sleep(20 * time.Millisecond)
		}
		if j.Err() != nil {
			b.Fatal(j.Err())
		}
		b.ReportMetric(float64(src.rows)/time.Since(begin).Seconds(), "rows/s")
		b.ReportMetric(float64(most-budget)/1e6, "MB-over-budget")
	}
}

// cpuTime is the CPU time of the process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// residentBytes is the process's resident memory.
func residentBytes() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
