package filesystem

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

var errState = errs.Corruptf("the state of a file sink cannot be read")

// partitions is what all writers and committers of a sink know together.
type partitions struct {
	sink *Sink

	mu    sync.Mutex
	open  map[string]int64 // directories that are not complete: when they were first written to
	marks map[int]mark     // how far each subtask was at its last commit
	all   int              // how many subtasks there are
	clean map[string]bool  // directories that an overwriting job has cleared
	mine  map[string]bool  // files that this job has published
	busy  map[string]bool  // directories whose policies are at work
}

func newPartitions(s *Sink) *partitions {
	return &partitions{sink: s, open: map[string]int64{}, marks: map[int]mark{},
		clean: map[string]bool{}, mine: map[string]bool{}, busy: map[string]bool{}}
}

// begun notes that a directory is written to.
func (p *partitions) begun(dir string, nowMs int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.open[dir]; !ok && p.sink.commit.on() {
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
	p.marks[c.subtask], p.all = c.mark, c.parallel
	p.mu.Unlock()
	if c.empty {
		return p.clear(c.dir)
	}
	return nil
}

// complete has the policies mark the partitions that nothing will be added to. They run without the
// lock; a partition is open, for snapshots, until they have done their work.
func (p *partitions) complete() error {
	dirs, at := p.candidates()
	for _, dir := range dirs {
		due, err := p.due(dir, at)
		if err == nil && due {
			err = p.sink.commit.run(p.sink, dir)
		}
		p.mu.Lock()
		delete(p.busy, dir)
		if due && err == nil {
			delete(p.open, dir)
		}
		p.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// candidates claims the open partitions, if it is known how far all writers are, and says how far
// the last of them is.
func (p *partitions) candidates() ([]string, mark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) < p.all || p.all == 0 {
		return nil, mark{}
	}
	at := mark{math.MaxInt64, math.MaxInt64}
	for _, m := range p.marks {
		at = mark{min(at.watermark, m.watermark), min(at.timeMs, m.timeMs)}
	}
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(p.open)) {
		if !p.busy[dir] {
			p.busy[dir] = true
			out = append(out, dir)
		}
	}
	return out, at
}

// due says whether a partition is complete where all writers have come so far. A writer that has
// come so far keeps no file of it open.
func (p *partitions) due(dir string, at mark) (bool, error) {
	p.mu.Lock()
	due, now := p.open[dir], at.timeMs
	p.mu.Unlock()
	if p.sink.commit.byTime {
		t, err := p.sink.commit.time(p.sink, dir)
		if err != nil {
			return false, err
		}
		due, now = t, at.watermark
	}
	return at.watermark == math.MaxInt64 || now >= due+p.sink.commit.delay.Milliseconds(), nil
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
