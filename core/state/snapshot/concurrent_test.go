package snapshot_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/statetest"
)

// The operator goes on while captures are written and files merged in other goroutines; every
// handle has the state of its moment.
func TestWritesAndMergesBesideTheOperator(t *testing.T) {
	files := statetest.NewFiles()
	s, err := open(t, files, state.OperatorInfo{})
	must(t, err)
	c := state.NewValue[int64]("")
	must(t, s.Keyed().Register("n", c))

	captures := make(chan state.Capture, 4)
	done := make(chan struct{})
	var handles []state.Handle
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		defer close(done)
		for one := range captures {
			h, err := one.Write(files)
			if err != nil {
				t.Error(err)
			}
			handles = append(handles, h)
		}
	}()
	go func() {
		defer wg.Done()
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.Materialize(); err != nil {
				t.Error(err)
			}
			_ = s.Stats()
		}
	}()
	const rounds, rows = 60, 200
	for round := range rounds {
		keys := &state.Keys{}
		for i := range rows {
			k := fmt.Appendf(nil, "key%d", (round*37+i)%500)
			keys.Append(k, state.GroupOf(k, 16))
		}
		slots, err := s.Keyed().Resolve(keys, nil)
		must(t, err)
		for _, slot := range slots {
			*c.At(slot)++
		}
		s.Keyed().MarkDirty(slots)
		captures <- capture(t, s, int64(round+1))
	}
	close(captures)
	wg.Wait()
	must(t, s.Close())
	for round, h := range handles {
		s, err := open(t, files, state.OperatorInfo{}, h)
		must(t, err)
		c := state.NewValue[int64]("")
		must(t, s.Keyed().Register("n", c))
		sum := int64(0)
		must(t, s.Keyed().Each(func(slots []int32) error {
			for _, slot := range slots {
				n, _ := c.Get(slot)
				sum += n
			}
			return nil
		}))
		if want := int64((round + 1) * rows); sum != want {
			t.Fatalf("checkpoint %d counts %d rows, want %d", round+1, sum, want)
		}
	}
}
