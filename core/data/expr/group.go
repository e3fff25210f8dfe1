package expr

import (
	"fmt"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/kernel"
)

// Group is the expressions that one operator evaluates over a batch and the rows of it that pass a
// filter. What occurs in them more than once is computed once for each row, still only for the
// rows that need it. It belongs to one goroutine.
//
// For each batch: Begin, then Filter and Eval in any order, Keep when rows have been left out, End.
type Group struct {
	programs []*Program
	memo     memo
	batch    *batch.Batch // of Begin
	kept     *frame       // the rows of Keep; nil: all
}

// CompileGroup makes a Group; where an expression is nil there is none to evaluate.
func CompileGroup(exprs ...Expr) (*Group, error) {
	g := &Group{programs: make([]*Program, len(exprs))}
	c := compiler{shared: repeated(exprs)}
	for i, e := range exprs {
		if e == nil {
			continue
		}
		root, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		g.programs[i] = &Program{e: e, root: root}
	}
	g.memo.slots = make([]slot, len(c.shared))
	return g, nil
}

// Begin starts a batch. What was computed for it may lie in its columns, so it is kept until End.
func (g *Group) Begin(b *batch.Batch) {
	b.Retain()
	g.batch = b
	g.memo.n, g.memo.kept = b.Len(), b.Len()
}

// Keep says that from here on the rows at hand are those at the positions of the batch, which must
// not change until End. Nothing is copied before an expression asks for it.
func (g *Group) Keep(rows []int32) {
	g.kept = &frame{cols: g.batch.Cols, n: len(rows), rows: rows}
	g.memo.kept = len(rows)
	if len(g.memo.slots) > 0 {
		g.kept.memo = &g.memo
	}
}

// End lets go of the batch.
func (g *Group) End() {
	if g.kept != nil {
		for _, c := range g.kept.taken {
			if c != nil {
				c.Release()
			}
		}
		g.kept = nil
	}
	clear(g.memo.slots)
	g.batch.Release()
	g.batch = nil
}

func (g *Group) frame(ctx *EvalContext) *frame {
	f := g.kept
	if f == nil {
		f = &frame{cols: g.batch.Cols, n: g.batch.Len()}
		if len(g.memo.slots) > 0 {
			f.memo = &g.memo
		}
	}
	f.ctx = ctx
	return f
}

// Filter is EvalFilter of expression i.
func (g *Group) Filter(ctx *EvalContext, i int, rows []int32) ([]int32, error) {
	return selectRows(g.programs[i].root, g.frame(ctx), rows[:0])
}

// Eval is Program.Eval of expression i for the rows that are kept.
func (g *Group) Eval(ctx *EvalContext, i int) (*batch.Column, error) {
	f := g.frame(ctx)
	v, err := g.programs[i].root.eval(f)
	if err != nil {
		return nil, err
	}
	return kernel.Relabel(v, g.programs[i].e.Type()).Column(f.n), nil
}

// Column is column i of the batch at the rows that are kept; the caller owns a reference.
func (g *Group) Column(i int) *batch.Column {
	c := g.frame(nil).column(i)
	c.Retain()
	return c
}

// compiler compiles expressions that share some of what they compute.
type compiler struct {
	shared map[string]int // slots, by identity
}

// mostNodes is how large a group of expressions may be that is searched for repetitions: the
// search takes the square of their depth.
const mostNodes = 4000

// identity tells expressions apart that are not Equal.
func identity(e Expr) string { return fmt.Sprint(e, Columns(e), e.Type()) }

// repeated numbers what occurs more than once: calls and casts of columns that always give the
// same for the same row. Inside a repetition only what occurs elsewhere too counts.
func repeated(exprs []Expr) map[string]int {
	nodes := 0
	for _, e := range exprs {
		if e != nil {
			Walk(e, func(Expr) bool { nodes++; return true })
		}
	}
	if nodes > mostNodes {
		return nil
	}
	seen, shared := map[string]bool{}, map[string]int{}
	for _, e := range exprs {
		if e == nil {
			continue
		}
		Walk(e, func(x Expr) bool {
			if !shareable(x) {
				return true
			}
			id := identity(x)
			if !seen[id] {
				seen[id] = true
				return true
			}
			if _, ok := shared[id]; !ok {
				shared[id] = len(shared)
			}
			return false
		})
	}
	return shared
}

func shareable(e Expr) bool {
	switch e := e.(type) {
	case *Call:
	case *Cast:
		if e.Implicit {
			return false
		}
	default:
		return false
	}
	return !HasUdf(e) && Determinism(e) == function.Pure && len(Columns(e)) > 0
}

// memo is what shared nodes gave for a batch.
type memo struct {
	n     int // rows of the batch
	kept  int // of them at hand
	slots []slot
}

// slot is the value of a shared node for some rows of a batch.
type slot struct {
	v    kernel.Vec
	set  bool
	all  bool    // v is for all rows of the batch
	rows []int32 // else for these
	at   []int32 // by row of the batch: where it is in v, -1: nowhere; made when asked for
}

// sharedNode evaluates a node that occurs more than once.
type sharedNode struct {
	inner node
	slot  int
}

func (s *sharedNode) eval(f *frame) (kernel.Vec, error) {
	m := f.memo
	if m == nil || f.n == 0 {
		return s.inner.eval(f)
	}
	have := &m.slots[s.slot]
	if have.set {
		if v, ok := have.take(m, f); ok {
			return v, nil
		}
	}
	v, err := s.inner.eval(f)
	if err != nil {
		return v, err
	}
	// Once rows were left out, none but those that stay are asked for.
	if !have.set || !have.all && (f.n == m.kept || f.n >= len(have.rows)) {
		*have = slot{v: v, set: true, all: f.rows == nil}
		if !have.all && !v.Const {
			have.rows = f.rows
		}
	}
	return v, nil
}

// take is the value for the rows of a frame; ok is false when it is not known for all of them.
func (s *slot) take(m *memo, f *frame) (v kernel.Vec, ok bool) {
	if s.v.Const || s.all && f.rows == nil {
		return s.v, true
	}
	rows := f.rows
	if !s.all {
		if f.rows == nil {
			return v, false
		}
		if s.at == nil {
			s.at = make([]int32, m.n)
			for i := range s.at {
				s.at[i] = -1
			}
			for i, r := range s.rows {
				s.at[r] = int32(i)
			}
		}
		rows = make([]int32, len(f.rows))
		for i, r := range f.rows {
			if rows[i] = s.at[r]; rows[i] < 0 {
				return v, false
			}
		}
	}
	return kernel.ColVec(batch.Take(s.v.Col, rows)), true
}
