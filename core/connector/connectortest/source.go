// Package connectortest holds what every connector has to pass: read whole and in pieces, with a
// checkpoint and restore at every position, at another parallelism; write, fail and commit.
package connectortest

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// Text shows each row as "+I|1|a".
func Text(b *batch.Batch) []string {
	rows := make([]string, b.Len())
	for r := range rows {
		cells := []string{b.Kind(r).String()}
		for _, c := range b.Cols {
			cells = append(cells, string(kernel.AppendText(nil, c, r, nil)))
		}
		rows[r] = strings.Join(cells, "|")
	}
	return rows
}

// Run is one attempt of a job that reads a source.
type Run struct {
	t       testing.TB
	enum    connector.Enumerator
	readers []connector.Reader
	told    []bool
	done    []bool
	wake    chan struct{}
	turn    int
	asked   bool     // splits were handed out
	id      int64    // of the last checkpoint
	Rows    []string // read so far
	Batches int
	Dropped atomic.Int64 // records that the readers have left out
}

// State is a checkpoint of a run.
type State struct {
	enum   []byte
	splits []connector.Split
}

// Start begins an attempt at a parallelism, from a checkpoint or (nil) from the start.
func Start(t testing.TB, src connector.Source, parallelism int, from *State) *Run {
	t.Helper()
	return start(t, src, parallelism, from, false)
}

// Checkpointed is Start for a job of which the readers know that it makes checkpoints.
func Checkpointed(t testing.TB, src connector.Source, parallelism int, from *State) *Run {
	t.Helper()
	return start(t, src, parallelism, from, true)
}

func start(t testing.TB, src connector.Source, parallelism int, from *State, checkpoints bool) *Run {
	t.Helper()
	r := &Run{t: t, wake: make(chan struct{}, 1), told: make([]bool, parallelism),
		done: make([]bool, parallelism)}
	wake := func() {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	var enum []byte
	if from != nil {
		enum = from.enum
	}
	var err error
	r.enum, err = src.NewEnumerator(&connector.EnumeratorContext{Parallelism: parallelism,
		Clock: clock.System{}, Log: slog.Default(), Wake: wake}, enum)
	if err != nil {
		t.Fatal(err)
	}
	for i := range parallelism {
		rd, err := src.NewReader(&connector.ReaderContext{Subtask: i, Parallelism: parallelism,
			Clock: clock.System{}, Log: slog.Default(), Wake: wake, Checkpoints: checkpoints,
			Dropped: func() { r.Dropped.Add(1) }})
		if err != nil {
			t.Fatal(err)
		}
		r.readers = append(r.readers, rd)
	}
	if from != nil {
		for i, s := range from.splits {
			if err := r.readers[i%parallelism].Add([]connector.Split{s}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r
}

// Step polls the next reader once for up to rows rows; false: all readers are done.
func (r *Run) Step(rows int) (bool, error) {
	for range r.readers {
		i := r.turn % len(r.readers)
		r.turn++
		if r.done[i] {
			continue
		}
		p, err := r.readers[i].Poll(rows, 1<<20)
		if err != nil {
			return false, err
		}
		if g, ok := r.readers[i].(connector.Growing); ok && g.Growing() && !r.told[i] {
			if err := r.feed(i); err != nil {
				return false, err
			}
		}
		if e, ok := r.enum.(connector.Ending); ok && len(p.Ended) > 0 {
			if err := e.SplitsEnded(p.Ended); err != nil {
				return false, err
			}
		}
		if p.Batch != nil {
			if p.Batch.Len() > rows {
				r.t.Fatalf("%d rows where %d were asked for", p.Batch.Len(), rows)
			}
			r.Rows = append(r.Rows, Text(p.Batch)...)
			r.Batches++
		}
		switch p.Status {
		case connector.Done:
			r.done[i] = true
		case connector.Starved:
			if err := r.feed(i); err != nil {
				return false, err
			}
		case connector.Waiting:
			select {
			case <-r.wake:
			case <-time.After(50 * time.Millisecond): // another reader took the signal
			}
		}
		return true, nil
	}
	return false, nil
}

// Asked says whether the enumerator has handed out splits.
func (r *Run) Asked() bool { return r.asked }

// Complete tells the readers that a checkpoint is complete.
func (r *Run) Complete(id int64) {
	r.t.Helper()
	for _, rd := range r.readers {
		if l, ok := rd.(connector.CheckpointListener); ok {
			if err := l.CheckpointComplete(id); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

func (r *Run) feed(i int) error {
	splits, done, err := r.enum.Next(i)
	if err != nil {
		return err
	}
	if len(splits) > 0 {
		r.asked = true
		return r.readers[i].Add(splits)
	}
	if done && !r.told[i] {
		r.told[i] = true
		r.readers[i].NoMoreSplits()
	}
	return nil
}

// All reads to the end and closes.
func (r *Run) All(rows int) ([]string, error) {
	defer r.Close()
	for {
		more, err := r.Step(rows)
		if err != nil || !more {
			return r.Rows, err
		}
	}
}

// Checkpoint takes the state of enumerator and readers.
func (r *Run) Checkpoint() *State {
	r.t.Helper()
	s := &State{}
	var err error
	if s.enum, err = r.enum.Snapshot(); err != nil {
		r.t.Fatal(err)
	}
	r.id++
	for _, rd := range r.readers {
		if n, ok := rd.(connector.Numbered); ok {
			n.CheckpointBegins(r.id)
		}
		splits, err := rd.Snapshot()
		if err != nil {
			r.t.Fatal(err)
		}
		s.splits = append(s.splits, splits...)
	}
	return s
}

// Close ends the attempt.
func (r *Run) Close() {
	for _, rd := range r.readers {
		if err := rd.Close(); err != nil {
			r.t.Error(err)
		}
	}
	if err := r.enum.Close(); err != nil {
		r.t.Error(err)
	}
}

// Bounded runs a bounded source in every way; want are the rows in any order. positions bounds
// how many places of failure are tried.
func Bounded(t *testing.T, open func() connector.Source, want []string, positions int) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	for _, c := range []struct{ parallelism, rows int }{{1, 1}, {1, 1024}, {3, 7}} {
		got, err := Start(t, open(), c.parallelism, nil).All(c.rows)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("parallelism %d, %d rows", c.parallelism, c.rows), got, want)
	}
	batches := (len(want) + 2) / 3
	for at := 0; at <= batches; at += max(batches/positions, 1) {
		first := Start(t, open(), 2, nil)
		for first.Batches < at {
			more, err := first.Step(3)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
		}
		state, rows := first.Checkpoint(), slices.Clone(first.Rows)
		if _, err := first.Step(3); err != nil { // lost with the attempt
			t.Fatal(err)
		}
		first.Close()
		rest, err := Start(t, open(), 1+at%3, state).All(5)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("restored behind batch %d", at), append(rows, rest...), want)
	}
}

func same(t *testing.T, how string, got, want []string) {
	t.Helper()
	got = slices.Sorted(slices.Values(got))
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%s: %d rows, want %d; first difference: %v and %v", how, len(got), len(want),
				at(got, i), at(want, i))
		}
	}
}

func at(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return "nothing"
}
