package over

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
)

// values computes the window functions of a group, row by row.
func (o *Stream) values(g *group) ([]*batch.Column, error) {
	if len(o.functions) == 0 {
		return nil, nil
	}
	out := make([]*batch.Builder, len(o.functions))
	defaults := make([]*batch.Column, len(o.functions))
	for i, f := range o.functions {
		out[i] = batch.NewBuilder(f.Type, g.b.Len())
		if o.defaults[i] == nil {
			continue
		}
		var err error
		if defaults[i], err = o.defaults[i].Eval(o.eval, g.b); err != nil {
			return nil, err
		}
	}
	enc, err := rowcodec.NewEncoder(g.b.Cols)
	if err != nil {
		return nil, err
	}
	var row []byte
	for i, s := range g.slots {
		st := o.stand(s, g.time)
		if o.lag > 0 {
			row = enc.Append(row[:0], i)
			o.lags.Put(s, binary.BigEndian.AppendUint64(nil, uint64(st.Rows)), row)
		}
		for k, f := range o.functions {
			switch f.Name {
			case "ROW_NUMBER":
				batch.Append(out[k], st.Rows)
			case "RANK":
				batch.Append(out[k], st.Rank)
			case "DENSE_RANK":
				batch.Append(out[k], st.Dense)
			case "LAG":
				if err := o.lagOf(s, st.Rows, k, defaults[k], i, out[k]); err != nil {
					return nil, err
				}
			}
		}
		if o.lag > 0 {
			o.lags.DeleteRange(s, nil,
				binary.BigEndian.AppendUint64(nil, uint64(max(0, st.Rows-int64(o.lag)+1))))
		}
	}
	cols := make([]*batch.Column, len(out))
	for i, b := range out {
		cols[i] = b.Finish()
	}
	return cols, nil
}

// stand counts a row of a key. Rows of one time are peers.
func (o *Stream) stand(s int32, time int64) *standing {
	st := o.ranks.At(s)
	st.Rows++
	if st.Rows == 1 || st.Time != time {
		st.Rank, st.Time = st.Rows, time
		st.Dense++
	}
	return st
}

// lagOf appends function k's value of the row that came earlier by its offset, or the default of
// row i.
func (o *Stream) lagOf(
	s int32, rows int64, k int, def *batch.Column, i int, out *batch.Builder,
) error {
	f := o.functions[k]
	var earlier []byte
	if n := rows - f.Offset; n > 0 {
		earlier, _ = o.lags.Get(s, binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	switch {
	case earlier != nil:
		b := batch.NewRowBuilder(o.in, 1)
		if _, err := rowcodec.Decode(earlier, b.Cols); err != nil {
			return err
		}
		out.AppendFrom(b.Cols[f.Args[0]].Finish(), 0)
	case def != nil:
		out.AppendFrom(def, i)
	default:
		out.AppendNull()
	}
	return nil
}
