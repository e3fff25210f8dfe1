package operatortest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

const maxParallelism = 128

// variant is one way to run a script.
type variant struct {
	name        string
	rows        int // batches are cut to this
	restore     bool
	parallelism []int // of the runs between snapshots, in turn
}

// Run runs the script in all variants and compares what each step gives.
func Run(t *testing.T, s Script) {
	t.Helper()
	variants := []variant{{name: "rows=1024", rows: 1024, parallelism: []int{1}}}
	if !s.OneBatch {
		variants = append(variants, variant{name: "rows=1", rows: 1, parallelism: []int{1}},
			variant{name: "rows=3", rows: 3, parallelism: []int{1}})
	}
	if !s.NoRestore {
		variants = append(variants,
			variant{name: "restore", rows: 1024, restore: true, parallelism: []int{1}})
		if s.Keys != nil {
			variants = append(variants, variant{name: "rescale", rows: 1024, restore: true,
				parallelism: []int{1, 3, 2}})
		}
	}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) { (&player{t: t, s: &s, v: v}).play() })
	}
}

// player runs one variant.
type player struct {
	t       *testing.T
	s       *Script
	v       variant
	files   state.Files
	clock   *clock.Manual
	subs    []*subtask
	leases  atomic.Int64
	round   int
	ended   int
	ports   int
	wm      int64
	barrier int64
}

func (p *player) play() {
	p.t.Helper()
	p.files, p.clock, p.wm = statetest.NewFiles(), clock.NewManual(0), math.MinInt64
	for _, st := range p.s.Steps {
		p.ports = max(p.ports, st.In.port+1)
	}
	if !p.open(nil) {
		return
	}
	failed := false
	for i, st := range p.s.Steps {
		if i > 0 && p.v.restore && !p.restore(i) {
			return
		}
		err := p.apply(st.In)
		if st.Err != "" {
			if err == nil || !strings.Contains(err.Error(), st.Err) {
				p.t.Fatalf("step %d: error %v, want one with %q", i, err, st.Err)
			}
			failed = true
			break
		}
		if err != nil {
			p.t.Fatalf("step %d: %v", i, err)
		}
		if p.s.Together == nil {
			p.compare(i, st.Want)
		}
	}
	if p.s.Together != nil && !failed {
		p.compareAll()
	}
	for _, s := range p.subs {
		if err := s.close(); err != nil {
			p.t.Errorf("close: %v", err)
		}
	}
	if n := p.leases.Load(); n != 0 {
		p.t.Errorf("%d input batches were retained and never released", n)
	}
}

func (p *player) open(restore []state.Handle) bool {
	n := p.v.parallelism[p.round%len(p.v.parallelism)]
	p.round++
	p.subs = nil
	for i := range n {
		s, err := openSubtask(p.s, memory.Backend{}, p.files, p.clock, i, n, restore)
		if err != nil {
			p.t.Errorf("open subtask %d of %d: %v", i, n, err)
			return false
		}
		p.subs = append(p.subs, s)
	}
	return true
}

// restore snapshots all subtasks, closes them and opens new ones from the handles.
func (p *player) restore(step int) bool {
	p.barrier++
	var handles []state.Handle
	for _, s := range p.subs {
		h, err := s.barrier(p.barrier, p.files)
		if err != nil {
			p.t.Errorf("snapshot before step %d: %v", step, err)
			return false
		}
		if len(s.out) > 0 {
			p.t.Errorf("snapshot before step %d made the operator emit %v (set NoRestore if that "+
				"is right)", step, s.out)
		}
		handles = append(handles, h)
		if err := s.close(); err != nil {
			p.t.Errorf("close: %v", err)
		}
	}
	if !p.open(handles) {
		return false
	}
	if p.wm == math.MinInt64 {
		return true
	}
	// After a restore the clock starts anew; the sources' watermarks come again.
	for _, s := range p.subs {
		if err := s.watermark(p.wm); err != nil {
			p.t.Errorf("watermark %d after the restore before step %d: %v", p.wm, step, err)
			return false
		}
		if rows := rowsOnly(s.out); len(rows) > 0 {
			p.t.Errorf("watermark %d, which had been handled before, made the restored operator "+
				"emit %v before step %d", p.wm, rows, step)
		}
		s.out = nil
	}
	return true
}

func (p *player) apply(in Input) error {
	switch in.kind {
	case rowsInput:
		return p.rows(in)
	case watermarkInput:
		p.wm = in.time
		return p.each(func(s *subtask) error { return s.watermark(in.time) })
	case clockInput:
		p.clock.Advance(time.Duration(in.time-p.clock.NowMs()) * time.Millisecond)
		return p.each((*subtask).tick)
	case endInput:
		if p.ended++; p.ended == p.ports {
			p.wm = batch.MaxWatermark
			if err := p.each(func(s *subtask) error { return s.watermark(p.wm) }); err != nil {
				return err
			}
		}
		return p.each(func(s *subtask) error { return s.end(in.port) })
	case wakeInput:
		in.wake()
		return p.each((*subtask).wait)
	default:
		p.barrier++
		return p.each(func(s *subtask) error {
			_, err := s.barrier(p.barrier, p.files)
			return err
		})
	}
}

func (p *player) each(f func(s *subtask) error) error {
	for _, s := range p.subs {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// rows cuts the rows into batches and sends each row to the subtask of its key.
func (p *player) rows(in Input) error {
	whole := build(in.schema, in.items)
	size := p.v.rows
	if p.s.OneBatch {
		size = max(whole.Len(), 1)
	}
	if k := len(whole.Marks); k > 0 {
		p.wm = max(p.wm, whole.Marks[k-1].Time)
	}
	for from := 0; ; from += size {
		to := min(from+size, whole.Len())
		part := whole.Slice(from, to)
		if len(p.subs) == 1 {
			if err := p.subs[0].process(in.port, leased(part, &p.leases)); err != nil {
				return err
			}
		} else if err := p.spread(in.port, part); err != nil {
			return err
		}
		if to == whole.Len() {
			return nil
		}
	}
}

func (p *player) spread(port int, b *batch.Batch) error {
	var keys state.Keys
	var cols []*batch.Column
	for _, i := range p.s.Keys[port] {
		cols = append(cols, b.Cols[i])
	}
	if len(cols) == 0 {
		state.EmptyKeys(b.Len(), maxParallelism, &keys)
	} else if len(cols) == 1 && b.Schema.Fields[p.s.Keys[port][0]].Name == "keybytes" {
		if err := state.KeysFromBytes(cols[0], maxParallelism, &keys); err != nil {
			return err
		}
	} else if err := state.EncodeKeys(cols, maxParallelism, &keys); err != nil {
		return err
	}
	for i, s := range p.subs {
		rows := []int32{}
		for r, g := range keys.Groups {
			if state.SubtaskOf(maxParallelism, len(p.subs), g) == i {
				rows = append(rows, int32(r))
			}
		}
		if len(rows) == 0 && len(b.Marks) > 0 {
			if err := s.watermark(b.Marks[len(b.Marks)-1].Time); err != nil {
				return err
			}
			continue
		}
		if len(rows) == 0 {
			continue
		}
		if err := s.process(port, leased(b.Take(rows), &p.leases)); err != nil {
			return err
		}
	}
	return nil
}

// compare takes what came out since the last step. With several subtasks each of them emits every
// watermark, and order between them means nothing.
func (p *player) compare(step int, want []string) {
	p.t.Helper()
	var got []string
	for _, s := range p.subs {
		got = append(got, s.out...)
		s.out = nil
	}
	got, want = newestMarks(got), newestMarks(want)
	if len(p.subs) > 1 {
		got, want = rowsOnly(got), rowsOnly(want)
	}
	if p.s.AnyOrder || len(p.subs) > 1 {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("step %d:\n  got  %s\n  want %s", step, show(got), show(want))
	}
}

// compareAll takes what came out of all steps.
func (p *player) compareAll() {
	p.t.Helper()
	var got []string
	for _, s := range p.subs {
		got = append(got, s.out...)
	}
	want := slices.Clone(p.s.Together)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.t.Errorf("all steps:\n  got  %s\n  want %s", show(got), show(want))
	}
}

// newestMarks leaves out watermarks that others follow at once: whether an operator passes them on
// may depend on where batches are cut.
func newestMarks(lines []string) []string {
	var out []string
	for i, l := range lines {
		if i+1 < len(lines) && strings.HasPrefix(l, "wm ") && strings.HasPrefix(lines[i+1], "wm ") {
			continue
		}
		out = append(out, l)
	}
	return out
}

func rowsOnly(lines []string) []string {
	return slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "wm ") || strings.Contains(l, ":wm ")
	})
}

func show(lines []string) string { return fmt.Sprintf("%d: %s", len(lines), strings.Join(lines, " ")) }
