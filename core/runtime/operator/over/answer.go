package over

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
)

// group is rows that are answered together: those of a time by row time, of a batch else.
type group struct {
	b     *batch.Batch
	slots []int32
	keys  [][]byte // time ++ arrival
	time  int64
}

// answer computes the calls for the rows of a group and emits them.
func (o *Stream) answer(g *group) error {
	results, at, err := o.aggregates(g)
	if err != nil {
		return err
	}
	functions, err := o.values(g)
	if err != nil {
		return err
	}
	width, last := o.in.Len(), o.lastPeers(g)
	for i := range g.b.Len() {
		for c, col := range g.b.Cols {
			o.rows.Cols[c].AppendFrom(col, i)
		}
		for c := range o.op.Calls {
			switch k := o.at[c]; {
			case o.op.Calls[c].Name == "LAG" && last != nil:
				o.rows.Cols[width+c].AppendFrom(functions[k], last[i])
			case isFunction(&o.op.Calls[c]):
				o.rows.Cols[width+c].AppendFrom(functions[k], i)
			default:
				o.rows.Cols[width+c].AppendFrom(results[k], int(at[i]))
			}
		}
		o.rows.Row(types.Insert)
	}
	return nil
}

// lastPeers returns the last peer of each row where peers share one value, as Flink's LAG does in
// RANGE frames; else nil.
func (o *Stream) lastPeers(g *group) []int {
	if o.op.Frame.Rows || o.op.TimeColumn < 0 || o.lag == 0 {
		return nil
	}
	last := make([]int, len(g.slots)) // rows of a key stand together
	for i := len(last) - 1; i >= 0; i-- {
		last[i] = i
		if i+1 < len(last) && g.slots[i+1] == g.slots[i] {
			last[i] = last[i+1]
		}
	}
	return last
}

// aggregates computes the aggregates; at says which result each row has. In RANGE frames the rows
// of one time are peers: all see all of them.
func (o *Stream) aggregates(g *group) (results []*batch.Column, at []int32, err error) {
	if len(o.aggs) == 0 {
		return nil, nil, nil
	}
	var enc *rowcodec.Encoder
	if o.bounded {
		if enc, err = rowcodec.NewEncoder(g.b.Cols); err != nil {
			return nil, nil, err
		}
	}
	c := &collected{at: make([]int32, g.b.Len())}
	for i := range o.aggs {
		c.cols = append(c.cols, batch.NewBuilder(o.aggs[i].Type, g.b.Len()))
	}
	for _, round := range o.rounds(g) {
		if err := o.round(g, round, enc); err != nil {
			return nil, nil, err
		}
		slots := make([]int32, len(round))
		for i, r := range round {
			slots[i] = g.slots[r]
		}
		cols, err := o.calls.Results(slots)
		if err != nil {
			return nil, nil, err
		}
		for i, r := range round {
			c.at[r] = int32(c.cols[0].Len())
			for j := range cols {
				c.cols[j].AppendFrom(cols[j], i)
			}
		}
		for _, col := range cols {
			col.Release()
		}
	}
	for _, b := range c.cols {
		results = append(results, b.Finish())
	}
	return results, c.at, nil
}

// rounds parts rows so that in each part every row's result can be computed at once: in one part
// when peers share theirs, else with no key twice.
func (o *Stream) rounds(g *group) [][]int32 {
	if !o.op.Frame.Rows && o.op.TimeColumn >= 0 {
		all := make([]int32, len(g.slots))
		for i := range all {
			all[i] = int32(i)
		}
		return [][]int32{all}
	}
	var out [][]int32
	nth := map[int32]int{}
	for i, s := range g.slots {
		n := nth[s]
		nth[s]++
		if n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], int32(i))
	}
	return out
}

// round brings the accumulators to the frames of the rows.
func (o *Stream) round(g *group, round []int32, enc *rowcodec.Encoder) error {
	slots := make([]int32, len(round))
	for i, r := range round {
		slots[i] = g.slots[r]
	}
	if !o.bounded {
		return o.calls.Add(slots, g.b, round)
	}
	var row []byte
	for _, r := range round {
		row = enc.Append(row[:0], int(r))
		o.frame.Put(g.slots[r], g.keys[r], row)
	}
	var gone []int32
	if o.op.Frame.Rows {
		for _, s := range slots {
			for int64(o.frame.Len(s)) > 1-o.op.Frame.Lower {
				k, v, _ := o.frame.First(s)
				if _, err := rowcodec.Decode(v, o.gone.Cols); err != nil {
					return err
				}
				gone = append(gone, s)
				o.frame.Delete(s, bytes.Clone(k))
			}
		}
	}
	if o.anew {
		o.gone.Finish()
		return o.again(slots)
	}
	if err := o.retract(gone); err != nil {
		return err
	}
	return o.calls.Add(slots, g.b, round)
}

// retract takes back the rows in gone, of the slots given.
func (o *Stream) retract(slots []int32) error {
	if len(slots) == 0 {
		return nil
	}
	return o.calls.Retract(slots, o.gone.Finish(), everySlot(len(slots)))
}

// again aggregates the frames of slots from nothing.
func (o *Stream) again(slots []int32) error {
	o.calls.Clear(slots)
	all := batch.NewRowBuilder(o.in, 0)
	var of []int32
	seen := map[int32]bool{}
	for _, s := range slots {
		if seen[s] {
			continue
		}
		seen[s] = true
		var err error
		o.frame.Range(s, nil, nil, func(_, v []byte) bool {
			of = append(of, s)
			_, err = rowcodec.Decode(v, all.Cols)
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	return o.calls.Add(of, all.Finish(), everySlot(len(of)))
}

// evictBefore takes rows older than a time out of the frames.
func (o *Stream) evictBefore(slots []int32, time int64) error {
	to := rowcodec.AppendInt(nil, time)
	var gone []int32
	for _, s := range slots {
		n := len(gone)
		var err error
		o.frame.Range(s, nil, to, func(_, v []byte) bool {
			gone = append(gone, s)
			_, err = rowcodec.Decode(v, o.gone.Cols)
			return err == nil
		})
		if err != nil {
			return err
		}
		if len(gone) > n {
			o.frame.DeleteRange(s, nil, to)
		}
	}
	if o.anew {
		o.gone.Finish()
		return nil
	}
	return o.retract(gone)
}
