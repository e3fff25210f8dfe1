package over

import (
	"cmp"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// span is the rows [from, to) of a frame.
type span struct{ from, to int }

// frames finds the frame of each row of sorted partitions.
type frames struct {
	frame plan.Frame
	order ordinals
	// newPeer says of each row whether it sorts behind the row before it.
	newPeer []bool
}

// of appends the frames of the rows of one partition. Both ends of frames only move forward.
func (f *frames) of(p span, dst []span) []span {
	peers := span{p.from, p.from}
	last := p
	last.to = p.from
	for i := p.from; i < p.to; i++ {
		if i >= peers.to {
			peers = span{i, i + 1}
			for peers.to < p.to && !f.newPeer[peers.to] {
				peers.to++
			}
		}
		last = span{max(last.from, f.lower(p, peers, i, last.from)),
			max(last.to, f.upper(p, peers, i, last.to))}
		dst = append(dst, span{last.from, max(last.from, last.to)})
	}
	return dst
}

func (f *frames) lower(p, peers span, i, from int) int {
	switch {
	case f.frame.UnboundedLower:
		return p.from
	case f.frame.Rows:
		return clamp(int64(i)+f.frame.Lower, p)
	case f.frame.Lower == 0 || f.order.null(i):
		return peers.from
	}
	for from < p.to && (f.order.null(from) || f.order.compare(from, i, f.frame.Lower) < 0) {
		if f.order.null(from) && from > i {
			break
		}
		from++
	}
	return from
}

func (f *frames) upper(p, peers span, i, to int) int {
	switch {
	case f.frame.UnboundedUpper:
		return p.to
	case f.frame.Rows:
		return clamp(int64(i)+f.frame.Upper+1, p)
	case f.frame.Upper == 0 || f.order.null(i):
		return peers.to
	}
	for to < p.to && (f.order.null(to) && to < i ||
		!f.order.null(to) && f.order.compare(to, i, f.frame.Upper) <= 0) {
		to++
	}
	return to
}

func clamp(i int64, p span) int { return int(min(max(i, int64(p.from)), int64(p.to))) }

// ordinals are the values of the order column that a RANGE frame counts in, ascending: those of
// a descending order are negated.
type ordinals struct {
	col    *batch.Column
	ints   []int64
	floats []float64
	scale  int64 // units of ints in one of the frame's
}

func (o *ordinals) null(i int) bool { return o.col.IsNull(i) }

// compare compares row j with row i plus a distance.
func (o *ordinals) compare(j, i int, distance int64) int {
	if o.floats != nil {
		return cmp.Compare(o.floats[j], o.floats[i]+float64(distance))
	}
	return cmp.Compare(o.ints[j], o.ints[i]+distance*o.scale)
}

// newOrdinals reads the column of a frame that counts in values.
func newOrdinals(frame plan.Frame, b *batch.Batch, order []plan.SortKey) (ordinals, error) {
	byValue := !frame.Rows && (!frame.UnboundedLower && frame.Lower != 0 ||
		!frame.UnboundedUpper && frame.Upper != 0)
	if !byValue {
		return ordinals{}, nil
	}
	if len(order) != 1 {
		return ordinals{}, errs.Userf("a RANGE frame with an offset needs ORDER BY of one column").
			Fix("use ROWS, or order by one number or time")
	}
	c := b.Cols[order[0].Column]
	o := ordinals{col: c, scale: 1}
	switch c.Type.Kind {
	case types.TinyInt:
		o.ints = widen(batch.Values[int8](c))
	case types.SmallInt:
		o.ints = widen(batch.Values[int16](c))
	case types.Int:
		o.ints = widen(batch.Values[int32](c))
	case types.Date:
		o.ints = widen(batch.Values[int32](c))
		for i := range o.ints {
			o.ints[i] *= 86_400_000
		}
	case types.BigInt:
		o.ints = widen(batch.Values[int64](c))
	case types.Timestamp, types.TimestampLTZ:
		o.ints = widen(batch.Values[int64](c))
		o.scale = int64(math.Pow10(c.Type.Unit() - 3))
	case types.Float:
		o.floats = real64(batch.Values[float32](c))
	case types.Double:
		o.floats = real64(batch.Values[float64](c))
	case types.Decimal:
		for _, v := range batch.Values[batch.Decimal](c) {
			o.floats = append(o.floats, v.ToFloat64(int32(c.Type.Scale)))
		}
	default:
		return o, errs.Userf("a RANGE frame with an offset needs an order by a number or time, not %s",
			c.Type).Fix("use ROWS")
	}
	if order[0].Desc {
		for i := range o.ints {
			o.ints[i] = -o.ints[i]
		}
		for i := range o.floats {
			o.floats[i] = -o.floats[i]
		}
	}
	return o, nil
}

func widen[T int8 | int16 | int32 | int64](v []T) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

func real64[T float32 | float64](v []T) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}
