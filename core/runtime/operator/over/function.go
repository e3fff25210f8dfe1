package over

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// function computes a window function over sorted partitions.
func (o *Bounded) function(c *plan.OverCall, s *sortedRows) (*batch.Column, error) {
	switch c.Name {
	case "LAG":
		return o.shift(c, s, -c.Offset)
	case "LEAD":
		return o.shift(c, s, c.Offset)
	case "PERCENT_RANK", "CUME_DIST":
		return batch.MakeFixed(c.Type, shares(c.Name, s), nil), nil
	case "NTILE":
		return integers(c.Type, buckets(c.Offset, s)), nil
	case "ROW_NUMBER", "RANK", "DENSE_RANK":
		return integers(c.Type, ranks(c.Name, s)), nil
	}
	return nil, errs.Internalf("no window function '%s'", c.Name)
}

// integers makes a column of an integer type.
func integers(t types.Type, v []int64) *batch.Column {
	if t.Kind != types.Int {
		return batch.MakeFixed(t, v, nil)
	}
	narrow := make([]int32, len(v))
	for i, x := range v {
		narrow[i] = int32(x)
	}
	return batch.MakeFixed(t, narrow, nil)
}

func ranks(name string, s *sortedRows) []int64 {
	out := make([]int64, s.rows.Len())
	for _, p := range s.parts {
		var rank, dense int64
		for i := p.from; i < p.to; i++ {
			if s.newPeer[i] {
				rank = int64(i-p.from) + 1
				dense++
			}
			switch name {
			case "ROW_NUMBER":
				out[i] = int64(i-p.from) + 1
			case "RANK":
				out[i] = rank
			default:
				out[i] = dense
			}
		}
	}
	return out
}

// shares are ranks as parts of the partition. As in Flink, CUME_DIST counts the rows up to this
// one even when later ones are its peers.
func shares(name string, s *sortedRows) []float64 {
	out := make([]float64, s.rows.Len())
	for _, p := range s.parts {
		n := float64(p.to - p.from)
		rank := 0
		for i := p.from; i < p.to; i++ {
			if s.newPeer[i] {
				rank = i - p.from
			}
			switch {
			case name == "CUME_DIST":
				out[i] = float64(i-p.from+1) / n
			case n > 1:
				out[i] = float64(rank) / (n - 1)
			}
		}
	}
	return out
}

// buckets divides each partition into n parts; the first ones are larger by one.
func buckets(n int64, s *sortedRows) []int64 {
	out := make([]int64, s.rows.Len())
	for _, p := range s.parts {
		size := int64(p.to - p.from)
		small, large := size/n, size%n
		for i := range size {
			if edge := large * (small + 1); i < edge {
				out[p.from+int(i)] = i/(small+1) + 1
			} else {
				out[p.from+int(i)] = large + (i-edge)/small + 1
			}
		}
	}
	return out
}

// shift takes the value of the row that stands by rows further on in the partition.
func (o *Bounded) shift(c *plan.OverCall, s *sortedRows, by int64) (*batch.Column, error) {
	at := make([]int32, s.rows.Len())
	missing := false
	for _, p := range s.parts {
		for i := p.from; i < p.to; i++ {
			j := int64(i) + by
			if j < int64(p.from) || j >= int64(p.to) {
				j, missing = -1, true
			}
			at[i] = int32(j)
		}
	}
	col := batch.Take(s.rows.Cols[c.Args[0]], at).WithType(c.Type)
	if !missing || c.Default == nil {
		return col, nil
	}
	def, err := evaluate(o.Ctx, c.Default, s.rows)
	if err != nil {
		return nil, err
	}
	b := batch.NewBuilder(c.Type, len(at))
	for i, j := range at {
		if j < 0 {
			b.AppendFrom(def, i)
		} else {
			b.AppendFrom(col, i)
		}
	}
	return b.Finish(), nil
}

// evaluate computes an expression over the input's columns.
func evaluate(ctx *operator.Context, e expr.Expr, b *batch.Batch) (*batch.Column, error) {
	eval, err := operator.EvalContext(ctx)
	if err != nil {
		return nil, err
	}
	p, err := expr.Compile(e)
	if err != nil {
		return nil, err
	}
	return p.Eval(eval, b)
}
