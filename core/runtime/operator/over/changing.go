package over

import (
	"bytes"
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Changing is plan.Over over a stream ordered by something else than time: rows may come before
// others, and go, so the results of rows are updated. State of a key: all its rows in order, and
// the results that were given for them.
type Changing struct {
	Bounded
	loop    operator.RowLoop
	kept    *state.Map // order ++ arrival → row
	results *state.Map // order ++ arrival → results
	seq     *state.Value[int64]
	rows    *operator.Rows
	extra   *types.Schema // the results
	key     []byte
	row     []byte
}

var _ operator.Operator = (*Changing)(nil)

func newChanging(op *plan.Over, in, schema *types.Schema) *Changing {
	return &Changing{Bounded: Bounded{op: op, in: in, schema: schema},
		loop:  operator.RowLoop{Keys: operator.Keys{Columns: op.Partition}, Order: op.Order},
		extra: &types.Schema{Fields: schema.Fields[in.Len():]}}
}

// Open implements operator.Operator.
func (o *Changing) Open(ctx *operator.Context) error {
	if err := o.Bounded.Open(ctx); err != nil {
		return err
	}
	o.rows = operator.NewRows(o.schema, ctx)
	o.kept = state.NewMap(operator.RowEvolution(o.in))
	o.results = state.NewMap(operator.RowEvolution(o.extra))
	o.seq = state.NewValue[int64]("arrival")
	if err := ctx.Keyed.Register("rows", o.kept); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("results", o.results); err != nil {
		return err
	}
	if err := ctx.Keyed.Register("arrival", o.seq); err != nil {
		return err
	}
	var err error
	o.loop.Expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs)
	return err
}

// Process implements operator.Operator.
func (o *Changing) Process(_ int, b *batch.Batch, out operator.Output) error {
	return o.loop.Run(o.Ctx, b, o.rows, out, func(i int, slot int32) error {
		o.key, o.row = o.loop.SortKey(i), o.loop.Row(i)
		o.loop.Expiry.Written(slot)
		return o.change(slot, b.Kind(i))
	})
}

// change takes in the row in key and row, or takes one like it back.
func (o *Changing) change(s int32, kind types.RowKind) error {
	if kind.IsAdd() {
		n := o.seq.At(s)
		*n++
		o.key = binary.BigEndian.AppendUint64(o.key, uint64(*n))
		o.kept.Put(s, o.key, o.row)
		return o.update(s)
	}
	var found []byte
	o.kept.Range(s, o.key, nil, func(k, v []byte) bool {
		if bytes.HasPrefix(k, o.key) && bytes.Equal(v, o.row) {
			found = bytes.Clone(k)
		}
		return found == nil && bytes.HasPrefix(k, o.key)
	})
	if found == nil {
		return nil
	}
	had, _ := o.results.Get(s, found)
	if err := o.emit(types.Delete, o.row, had); err != nil {
		return err
	}
	o.results.Delete(s, found)
	o.kept.Delete(s, found)
	return o.update(s)
}

// update computes the results of a key anew and emits those that changed.
func (o *Changing) update(s int32) error {
	n := o.kept.Len(s)
	if n == 0 {
		return nil
	}
	rows := batch.NewRowBuilder(o.in, n)
	sorted := &sortedRows{parts: []span{{0, n}}}
	var keys, bare [][]byte
	var err error
	o.kept.Range(s, nil, nil, func(k, v []byte) bool {
		i := len(keys)
		keys, bare = append(keys, k), append(bare, v)
		sorted.newPeer = append(sorted.newPeer,
			i == 0 || !bytes.Equal(order(k), order(keys[i-1])))
		_, err = rowcodec.Decode(v, rows.Cols)
		return err == nil
	})
	if err != nil {
		return err
	}
	sorted.rows = rows.Finish()
	cols, err := o.compute(sorted)
	if err != nil {
		return err
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return err
	}
	var now []byte
	for i, k := range keys {
		now = enc.Append(now[:0], i)
		had, ok := o.results.Get(s, k)
		if ok && bytes.Equal(had, now) {
			continue
		}
		kind := types.Insert
		if ok {
			kind = types.UpdateAfter
			if err := o.emit(types.UpdateBefore, bare[i], had); err != nil {
				return err
			}
		}
		if err := o.emit(kind, bare[i], now); err != nil {
			return err
		}
		o.results.Put(s, k, now)
	}
	return nil
}

// order is a key without the arrival.
func order(key []byte) []byte { return key[:len(key)-8] }

func (o *Changing) emit(kind types.RowKind, row, results []byte) error {
	n := o.in.Len()
	if _, err := rowcodec.Decode(row, o.rows.Cols[:n]); err != nil {
		return err
	}
	if _, err := rowcodec.Decode(results, o.rows.Cols[n:]); err != nil {
		return err
	}
	o.rows.Row(kind)
	return nil
}

// EndInput implements operator.Operator: everything has been said.
func (o *Changing) EndInput(int, operator.Output) error { return nil }
