package operatortest_test

import (
	"encoding/binary"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/state"
)

var (
	word   = types.NewSchema(types.F("w", types.String()))
	counts = types.NewSchema(types.F("w", types.String()), types.F("n", types.Of(types.BigInt)))
)

// counter is a state column of numbers.
type counter struct{ n []int64 }

func (c *counter) Grow(n int) {
	for len(c.n) < n {
		c.n = append(c.n, 0)
	}
}

func (c *counter) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		if c.n[s] != 0 {
			dst = binary.AppendVarint(dst, c.n[s])
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (c *counter) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		c.n[s] = 0
		if ends[i] > from {
			c.n[s], _ = binary.Varint(src[from:ends[i]])
		}
		from = ends[i]
	}
	return nil
}

func (c *counter) Clear(slots []int32) {
	for _, s := range slots {
		c.n[s] = 0
	}
}

func (c *counter) SizeBytes(slots []int32) int64 { return int64(8 * len(slots)) }

// count emits each word with how often it has come, and sets a timer that emits it with -1.
type count struct {
	operator.Base
	n      counter
	timers state.Timers
	keys   state.Keys
}

func (o *count) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.timers = ctx.Keyed.Timers("event")
	return ctx.Keyed.Register("n", &o.n)
}

func (o *count) Process(_ int, b *batch.Batch, out operator.Output) error {
	return b.Segments(func(time int64) error { return o.Watermark(time, out) },
		func(from, to int) error { return o.rows(b.Slice(from, to), out) })
}

func (o *count) rows(b *batch.Batch, out operator.Output) error {
	if err := state.EncodeKeys(b.Cols[:1], o.Ctx.MaxParallelism, &o.keys); err != nil {
		return err
	}
	slots, err := o.Ctx.Keyed.Resolve(&o.keys, nil)
	if err != nil {
		return err
	}
	n := make([]int64, b.Len())
	for i, s := range slots {
		o.n.n[s]++
		n[i] = o.n.n[s]
		o.timers.Register(s, 100)
	}
	o.Ctx.Keyed.MarkDirty(slots)
	col := batch.MakeFixed(types.Of(types.BigInt), n, nil)
	out.Emit(0, batch.New(counts, []*batch.Column{b.Cols[0], col}, b.Len()))
	return nil
}

func (o *count) Watermark(time int64, out operator.Output) error {
	due, err := o.timers.Due(time, 10)
	if err != nil {
		return err
	}
	for _, t := range due {
		r := batch.NewRowBuilder(counts, 1)
		key, _ := o.Ctx.Keyed.Key(t.Slot)
		r.Cols[0].AppendBytes(key[2:]) // behind the tag and the length
		batch.Append(r.Cols[1], int64(-1))
		out.Emit(0, r.Finish())
	}
	out.Watermark(time)
	return nil
}

func TestKeyedOperatorWithTimers(t *testing.T) {
	operatortest.Run(t, operatortest.Script{
		New:  func() operator.Operator { return &count{} },
		Keys: [][]int{{0}},
		Steps: []operatortest.Step{
			{In: operatortest.Rows(word, operatortest.R("a"), operatortest.R("b"),
				operatortest.Mark(7), operatortest.R("a")),
				Want: []string{"+I(a, 1)", "+I(b, 1)", "wm 7", "+I(a, 2)"}},
			{In: operatortest.Rows(word, operatortest.R("b"), operatortest.R("c")),
				Want: []string{"+I(b, 2)", "+I(c, 1)"}},
			{In: operatortest.Watermark(99), Want: []string{"wm 99"}},
		},
	})
	operatortest.Run(t, operatortest.Script{
		New:      func() operator.Operator { return &count{} },
		Keys:     [][]int{{0}},
		AnyOrder: true,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(word, operatortest.R("a"), operatortest.R("b")),
				Want: []string{"+I(a, 1)", "+I(b, 1)"}},
			{In: operatortest.Watermark(100),
				Want: []string{"+I(a, -1)", "+I(b, -1)", "wm 100"}},
			{In: operatortest.End(0), Want: []string{"wm 9223372036854775807"}},
		},
	})
}
