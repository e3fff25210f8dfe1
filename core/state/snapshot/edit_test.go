package snapshot_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
	"github.com/headrace/headrace/core/state/snapshot"
	"github.com/headrace/headrace/core/state/statetest"
)

// doubling changes the value of one key on its way from one savepoint to another.
type doubling struct {
	segment.Source
	key string
	rec segment.Record
}

func (d *doubling) Next() bool {
	if !d.Source.Next() {
		return false
	}
	d.rec = d.Source.Record()
	if column, _, v, _, ok := segment.NextEntry(d.rec.Body); ok && string(d.rec.Key) == d.key {
		n := binary.LittleEndian.Uint64(v[1:])
		v = binary.LittleEndian.AppendUint64([]byte{1}, 2*n)
		d.rec.Body = segment.AppendEntry(nil, column, false, v)
	}
	return true
}

func (d *doubling) Record() segment.Record { return d.rec }

// The state of an operator of two subtasks is read, one key is changed, and a job restores what was
// written.
func TestReadChangeWrite(t *testing.T) {
	files := statetest.NewFiles()
	var handles []state.Handle
	for i := range 2 {
		info := state.OperatorInfo{Subtask: i, Parallelism: 2, MaxParallelism: 16}
		s, err := open(t, files, info)
		must(t, err)
		c := state.NewValue[int64]("")
		must(t, s.Keyed().Register("n", c))
		keys := &state.Keys{}
		for n := range 100 {
			k := fmt.Appendf(nil, "key%d", n)
			if g := state.GroupOf(k, 16); info.Groups().Has(g) {
				keys.Append(k, g)
			}
		}
		slots, err := s.Keyed().Resolve(keys, nil)
		must(t, err)
		for _, slot := range slots {
			c.Set(slot, 21)
		}
		s.Keyed().MarkDirty(slots)
		h, err := capture(t, s, 1).Write(files)
		must(t, err)
		handles = append(handles, h)
	}
	columns, src, done, err := snapshot.Read(files, handles)
	must(t, err)
	edited, err := snapshot.Write(files, 2, state.OperatorInfo{UID: "op", MaxParallelism: 16},
		columns, &doubling{Source: src, key: "key7"})
	must(t, err)
	done()

	s, err := open(t, files, state.OperatorInfo{MaxParallelism: 16}, edited)
	must(t, err)
	c := state.NewValue[int64]("")
	must(t, s.Keyed().Register("n", c))
	sum := map[int64]int{}
	must(t, s.Keyed().Each(func(slots []int32) error {
		for _, slot := range slots {
			n, _ := c.Get(slot)
			sum[n]++
			if k, _ := s.Keyed().Key(slot); n == 42 && string(k) != "key7" {
				t.Errorf("%s was changed", k)
			}
		}
		return nil
	}))
	if sum[21] != 99 || sum[42] != 1 {
		t.Fatalf("values %v", sum)
	}
}
