// Package estimate guesses how many rows the relations of a bounded query have, from what sources
// say of themselves. The planner orders joins and chooses their sides by it.
package estimate

import (
	"math"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// unknownRows is what a source has that says nothing.
const unknownRows = 1e6

// Column is what is thought of the values of a column.
type Column struct {
	Distinct float64
	Ranged   bool // Min and Max are known
	Min, Max float64
	// Base is how many rows the table or the aggregation that the column comes from has without
	// conditions, Table its number among those of the estimator.
	Base  float64
	Table int
	// Key says that no two of these rows have the same value.
	Key bool
}

// Rows is what is thought of a relation.
type Rows struct {
	Count float64
	// Base is the number of rows before conditions: what the distinct values were counted in.
	Base  float64
	Width float64 // bytes of a row
	Cols  []Column
	// Known says that all sources below said how much they have.
	Known bool
}

// Bytes is what the relation takes in memory.
func (r *Rows) Bytes() float64 { return r.Count * r.Width }

// Estimator estimates the relations of some trees.
type Estimator struct {
	// Source is the connector of a scan; nil: there is none.
	Source func(s *logical.Scan) connector.Source
	seen   map[logical.Rel]*Rows
	tables int
}

// Of estimates a relation.
func (e *Estimator) Of(r logical.Rel) *Rows {
	if e.seen == nil {
		e.seen = map[logical.Rel]*Rows{}
	}
	if out := e.seen[r]; out != nil {
		return out
	}
	out := e.of(r)
	out.Count = max(out.Count, 1)
	out.Base = max(out.Base, out.Count)
	out.Width = widthOf(r.Schema())
	e.tables++
	for i := range out.Cols {
		c := &out.Cols[i]
		c.Distinct = min(max(c.Distinct, 1), out.Count)
		if c.Base == 0 {
			c.Base, c.Table = out.Base, e.tables
		}
	}
	e.seen[r] = out
	return out
}

func widthOf(s *types.Schema) float64 {
	w := 8.0
	for _, f := range s.Fields {
		switch {
		case f.Type.IsString() || f.Type.IsBytes():
			w += 24
		case f.Type.Kind == types.Decimal:
			w += 16
		default:
			w += 8
		}
	}
	return w
}

func (e *Estimator) of(r logical.Rel) *Rows {
	switch r := r.(type) {
	case *logical.Scan:
		return e.scan(r)
	case *logical.Values:
		return plainRows(r, float64(len(r.Rows)), true)
	case *logical.Filter:
		return e.filter(r)
	case *logical.Project:
		return e.project(r)
	case *logical.Join:
		return e.join(r)
	case *logical.Aggregate:
		return e.aggregate(r)
	case *logical.Distinct:
		in := e.Of(r.Input)
		keys := make([]int, len(in.Cols))
		for i := range keys {
			keys[i] = i
		}
		out := *in
		out.Count, out.Cols = Groups(in, keys), append([]Column(nil), in.Cols...)
		return &out
	case *logical.Sort:
		out := *e.Of(r.Input)
		out.Cols = append([]Column(nil), out.Cols...)
		if r.Fetch >= 0 {
			out.Count = min(out.Count, float64(r.Fetch))
		}
		return &out
	case *logical.SingleRow:
		if len(r.Keys) > 0 {
			in := e.Of(r.Input)
			return plainRows(r, in.Count, in.Known)
		}
		return plainRows(r, 1, true)
	case *logical.SetOp:
		out := plainRows(r, 0, true)
		for _, in := range r.Rels {
			x := e.Of(in)
			out.Count, out.Known = out.Count+x.Count, out.Known && x.Known
		}
		return plainRows(r, out.Count, out.Known)
	}
	in := r.Inputs()
	if len(in) == 0 {
		return plainRows(r, unknownRows, false)
	}
	return plainRows(r, e.Of(in[0]).Count, e.Of(in[0]).Known)
}

// plainRows is n rows of whose columns nothing is known.
func plainRows(r logical.Rel, n float64, known bool) *Rows {
	out := &Rows{Count: n, Base: n, Known: known, Cols: make([]Column, r.Schema().Len())}
	for i, f := range r.Schema().Fields {
		out.Cols[i] = guess(f.Type, n)
	}
	return out
}

// guess is a column of which nothing is known but that numbers differ more often than texts.
func guess(t types.Type, n float64) Column {
	switch {
	case t.Kind == types.Boolean:
		return Column{Distinct: 2}
	case t.IsString():
		return Column{Distinct: max(10, math.Sqrt(n))}
	}
	return Column{Distinct: max(10, n/10)}
}

func (e *Estimator) scan(r *logical.Scan) *Rows {
	src := e.Source(r)
	var s connector.Statistics
	counted, ok := src.(connector.CountedSource)
	if ok {
		s, ok = counted.Statistics()
	}
	if !ok { // the source does not know: what ANALYZE TABLE found
		if r.Table == nil || r.Table.Statistics == nil {
			return plainRows(r, unknownRows, false)
		}
		s.Rows = r.Table.Statistics.Rows
	}
	out := plainRows(r, float64(s.Rows), true)
	if r.Table != nil && r.Table.Statistics != nil {
		for i, f := range r.Out.Fields {
			if c, ok := r.Table.Statistics.Columns[f.Name]; ok {
				out.Cols[i] = Column{Distinct: float64(c.Distinct), Ranged: c.Ranged,
					Min: float64(c.Min), Max: float64(c.Max)}
			}
		}
	}
	for i, c := range s.Columns {
		if i >= len(out.Cols) {
			continue
		}
		span := float64(c.Max) - float64(c.Min) + 1
		out.Cols[i] = Column{Distinct: min(span, float64(s.Rows)), Ranged: true,
			Min: float64(c.Min), Max: float64(c.Max)}
	}
	for i := range out.Cols {
		out.Cols[i].Key = out.Cols[i].Distinct >= 0.9*out.Count
	}
	for _, k := range r.Table.PrimaryKey {
		if i := r.Out.Index(k); i >= 0 && len(r.Table.PrimaryKey) == 1 {
			out.Cols[i].Distinct, out.Cols[i].Key = float64(s.Rows), true
		}
	}
	return out
}

func (e *Estimator) project(r *logical.Project) *Rows {
	in := e.Of(r.Input)
	out := &Rows{Count: in.Count, Base: in.Base, Known: in.Known,
		Cols: make([]Column, len(r.Exprs))}
	for i, x := range r.Exprs {
		switch x := x.(type) {
		case *expr.Column:
			out.Cols[i] = in.Cols[x.Index]
			continue
		case *expr.Literal:
			out.Cols[i] = Column{Distinct: 1}
			continue
		}
		out.Cols[i] = guess(x.Type(), in.Count)
		if used := expr.Columns(x); len(used) == 1 {
			out.Cols[i].Distinct = in.Cols[used[0]].Distinct
		}
	}
	return out
}

func (e *Estimator) aggregate(r *logical.Aggregate) *Rows {
	in := e.Of(r.Input)
	n := Groups(in, r.Keys) * float64(max(len(r.Sets), 1))
	out := plainRows(r, n, in.Known)
	for i, k := range r.Keys {
		out.Cols[i] = in.Cols[k]
		out.Cols[i].Base, out.Cols[i].Key = 0, len(r.Keys) == 1 && len(r.Sets) <= 1
	}
	return out
}

// Groups is how many distinct values columns have together.
func Groups(in *Rows, keys []int) float64 {
	n := 1.0
	for _, k := range keys {
		n *= in.Cols[k].Distinct
	}
	return min(n, in.Count)
}

func (e *Estimator) join(r *logical.Join) *Rows {
	left, right := e.Of(r.Left), e.Of(r.Right)
	out := &Rows{Known: left.Known && right.Known}
	out.Cols = append(append(out.Cols, left.Cols...), right.Cols...)
	width := len(left.Cols)
	share := 1.0
	if r.Condition != nil {
		share = Joined(expr.Conjuncts(r.Condition), out.Cols,
			func(c int) int { return btoi(c >= width) })
	}
	out.Count = left.Count * right.Count * share
	switch r.Kind {
	case plan.LeftJoin:
		out.Count = max(out.Count, left.Count)
	case plan.RightJoin:
		out.Count = max(out.Count, right.Count)
	case plan.FullJoin:
		out.Count = max(out.Count, left.Count, right.Count)
	case plan.SemiJoin:
		out.Count = min(left.Count, out.Count)
	case plan.AntiJoin:
		out.Count = max(left.Count-out.Count, left.Count/2)
	}
	if r.Kind == plan.SemiJoin || r.Kind == plan.AntiJoin {
		out.Cols, out.Base = out.Cols[:width:width], left.Base
	}
	out.Cols = append([]Column(nil), out.Cols...)
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
