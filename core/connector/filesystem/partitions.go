package filesystem

import (
	"encoding/binary"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/kernel"
)

var errState = errs.Corruptf("the state of a file sink cannot be read")

// commitPolicy says when a partition is complete and what happens then.
type commitPolicy struct {
	success bool // write a success file
	name    string
	byTime  bool // by watermark and the partition's time, not by the clock
	delay   time.Duration
	pattern string
	parts   []patternPart
	zone    *time.Location
}

// on says that something marks complete partitions.
func (p *commitPolicy) on() bool { return p.success }

func readCommitPolicy(o *connector.Options) commitPolicy {
	p := commitPolicy{
		name: o.String("sink.partition-commit.success-file.name", "_SUCCESS"),
		byTime: o.Enum("sink.partition-commit.trigger", "process-time", "process-time",
			"partition-time") == "partition-time",
		delay:   o.Duration("sink.partition-commit.delay", 0),
		pattern: o.String("partition.time-extractor.timestamp-pattern", ""),
		parts: parsePattern(o.String("partition.time-extractor.timestamp-formatter",
			"yyyy-MM-dd HH:mm:ss")),
	}
	o.Enum("partition.time-extractor.kind", "default", "default")
	for _, kind := range strings.Split(o.String("sink.partition-commit.policy.kind", ""), ",") {
		switch strings.TrimSpace(kind) {
		case "":
		case "success-file":
			p.success = true
		default:
			o.Fail("sink.partition-commit.policy.kind", "success-file")
		}
	}
	var err error
	if p.zone, err = time.LoadLocation(
		o.String("sink.partition-commit.watermark-time-zone", "UTC")); err != nil {
		o.Fail("sink.partition-commit.watermark-time-zone", "a time zone like 'Europe/Berlin'")
	}
	return p
}

// partitions is what all writers and committers of a sink know together.
type partitions struct {
	sink *Sink

	mu    sync.Mutex
	open  map[string]int64 // directories that are not complete: when they were first written to
	marks map[int]int64    // watermark of each subtask, as of its last commit
	all   int              // how many subtasks there are
	clean map[string]bool  // directories that an overwriting job has cleared
	mine  map[string]bool  // files that this job has published
}

func newPartitions(s *Sink) *partitions {
	return &partitions{sink: s, open: map[string]int64{}, marks: map[int]int64{},
		clean: map[string]bool{}, mine: map[string]bool{}}
}

// begun notes that a directory is written to.
func (p *partitions) begun(dir string, nowMs int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.open[dir]; !ok && p.sink.commit.success {
		p.open[dir] = nowMs
	}
}

// published notes a file of this job.
func (p *partitions) published(c *committable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sink.table.Overwrite {
		p.mine[c.final] = true
	}
}

// clear removes from a directory, once, the files that an overwriting job replaces.
func (p *partitions) clear(dir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.sink.table.Overwrite || p.clean[dir] {
		return nil
	}
	p.clean[dir] = true
	fs := p.sink.fs
	names, err := fs.List(dir)
	if err != nil && !errors.Is(err, fsys.ErrNotExist) {
		return writeError(dir, err)
	}
	for _, n := range names {
		file := dir + "/" + n
		if strings.HasPrefix(n, ".") || p.mine[file] {
			continue
		}
		if info, err := fs.Stat(file); err == nil && info.IsDir {
			continue
		}
		if err := fs.Remove(file); err != nil {
			return writeError(file, err)
		}
	}
	return nil
}

// mark takes over how far a writer has come.
func (p *partitions) mark(c *committable) error {
	p.mu.Lock()
	p.marks[c.subtask], p.all = c.watermark, c.parallel
	p.mu.Unlock()
	if c.empty {
		return p.clear(c.dir)
	}
	return nil
}

// complete marks the partitions that nothing will be added to.
func (p *partitions) complete(ctx *connector.WriterContext) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) < p.all || p.all == 0 {
		return nil
	}
	low := slices.Min(slices.Collect(maps.Values(p.marks)))
	for _, dir := range slices.Sorted(maps.Keys(p.open)) {
		due := p.open[dir]
		now := ctx.Clock.NowMs()
		if p.sink.commit.byTime {
			t, err := p.time(dir)
			if err != nil {
				return err
			}
			due, now = t, low
		}
		if low != 1<<63-1 && now < due+p.sink.commit.delay.Milliseconds() {
			continue
		}
		file := dir + "/" + p.sink.commit.name
		if err := fsys.WriteFile(p.sink.fs, file, nil); err != nil {
			return writeError(file, err)
		}
		delete(p.open, dir)
	}
	return nil
}

// time is the time of a partition by its values, in ms since 1970.
func (p *partitions) time(dir string) (int64, error) {
	values := p.sink.partitionValues(dir)
	text := p.sink.commit.pattern
	if text == "" && len(p.sink.table.PartitionKeys) > 0 {
		text = "$" + p.sink.table.PartitionKeys[0]
	}
	for _, k := range p.sink.table.PartitionKeys {
		text = strings.ReplaceAll(text, "$"+k, values[k])
	}
	ms, ok := parseTime(p.sink.commit.parts, text)
	if !ok {
		return 0, errs.Dataf("table '%s': partition '%s': '%s' is not a time",
			p.sink.table.Name, path.Base(dir), text).
			Fix("set 'partition.time-extractor.timestamp-pattern' and '…timestamp-formatter'")
	}
	return kernel.NewZone(p.sink.commit.zone).ToInstant(ms, 3), nil
}

// encode appends the partitions that are not complete.
func (p *partitions) encode(b []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, dir := range slices.Sorted(maps.Keys(p.open)) {
		b = appendText(b, dir)
		b = binary.AppendVarint(b, p.open[dir])
	}
	return b
}

func (p *partitions) restore(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &decoder{b: b}
	for len(d.b) > 0 {
		dir, since := d.text(), d.signed()
		if d.bad {
			return errState
		}
		p.open[dir] = since
	}
	return nil
}
