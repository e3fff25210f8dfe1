package physical

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// reuse finds relations that are planned already. Two relations are one when their trees are
// equal, tables and functions by identity; none with a function that gives something else each
// time is.
type reuse struct {
	ids     map[string]int // of trees, by their text with the ids of their inputs
	known   map[logical.Rel]int
	results map[planned]Result
	sources map[int]*plan.Node // of scans, by id
}

type planned struct {
	id         int
	needBefore bool
}

func newReuse() *reuse {
	return &reuse{ids: map[string]int{}, known: map[logical.Rel]int{},
		results: map[planned]Result{}, sources: map[int]*plan.Node{}}
}

// find is what a relation was planned to, if it was.
func (u *reuse) find(r logical.Rel, needBefore bool) (Result, bool) {
	res, ok := u.results[planned{u.id(r), needBefore}]
	return res, ok
}

// keep notes what a relation was planned to. Without updates it does not matter what a consumer
// needs of them.
func (u *reuse) keep(r logical.Rel, needBefore bool, res Result) {
	id := u.id(r)
	u.results[planned{id, needBefore}] = res
	if res.Mode.IsInsertOnly() {
		u.results[planned{id, !needBefore}] = res
	}
}

// id numbers a tree: equal trees have equal numbers.
func (u *reuse) id(r logical.Rel) int {
	if id, ok := u.known[r]; ok {
		return id
	}
	var b strings.Builder
	if own, ok := identityOf(r); ok {
		b.WriteString(own)
	} else {
		fmt.Fprintf(&b, "%p", r)
	}
	for _, in := range r.Inputs() {
		fmt.Fprintf(&b, " #%d", u.id(in))
	}
	id, ok := u.ids[b.String()]
	if !ok {
		id = len(u.ids)
		u.ids[b.String()] = id
	}
	u.known[r] = id
	return id
}

// identityOf is the text of a node without its inputs; false: it is like no other.
func identityOf(r logical.Rel) (string, bool) {
	w := &identityText{ok: true}
	switch r := r.(type) {
	case *logical.Scan:
		w.put("scan %p %p %v %q", r.Table, r.Source, r.Columns, r.Pushed)
		for _, k := range slices.Sorted(maps.Keys(r.Options)) {
			w.put("%q=%q", k, r.Options[k])
		}
	case *logical.StreamScan:
		w.put("stream %p %v %v", r.Node, r.Columns, r.Out.Names())
	case *logical.Project:
		w.put("project %v", r.Out.Names())
		w.exprs(r.Exprs...)
	case *logical.Filter:
		w.put("filter")
		w.exprs(r.Condition)
	case *logical.Watermark:
		w.put("watermark %d", r.Column)
		w.exprs(r.Expr)
	case *logical.Join:
		w.put("join %d %v", r.Kind, r.Hints)
		w.exprs(r.Condition)
	case *logical.MultiJoin:
		w.put("multijoin %v %v", r.Keys, r.Hints)
		for _, s := range r.Steps {
			w.put("%d %v", s.Kind, s.With)
			w.exprs(s.Condition)
		}
	case *logical.Snapshot:
		w.put("snapshot")
		w.exprs(r.Period)
	case *logical.Correlate:
		w.put("correlate %v %p %v %v %v", r.Left, r.Function, r.Ordinality, r.FlatMap,
			r.Out.Names())
		w.ok = w.ok && (r.Function == nil || r.Function.GetDeterministic())
		w.exprs(append(slices.Clone(r.Args), r.Condition)...)
	case *logical.Aggregate:
		w.put("aggregate %v %v %v %v %v %v", r.Keys, r.Sets, r.Properties, r.TableAgg, r.Hints,
			r.Out.Names())
		if r.Window != nil {
			w.put("%+v", *r.Window)
		}
		for i := range r.Aggs {
			w.call(&r.Aggs[i])
		}
	case *logical.WindowTable:
		w.put("window %+v", r.Window)
	case *logical.Over:
		w.put("over %v %v %+v", r.Partition, r.Order, r.Frame)
		for i := range r.Calls {
			c := &r.Calls[i]
			w.put("%d %v", c.Offset, c.IgnoreNulls)
			w.exprs(c.Default)
			w.call(&c.AggCall)
		}
	case *logical.Rank:
		w.put("rank %s %v %v %d %d %v", r.Function, r.Partition, r.Order, r.From, r.To,
			r.OutputRank)
	case *logical.SetOp:
		w.put("setop %s %v", r.Kind, r.All)
	case *logical.Distinct:
		w.put("distinct")
	case *logical.Sort:
		w.put("sort %v %d %d", r.Keys, r.Offset, r.Fetch)
	case *logical.SingleRow:
		w.put("single %v", r.Keys)
	default:
		return "", false
	}
	return w.b.String(), w.ok
}

type identityText struct {
	b  strings.Builder
	ok bool
}

func (w *identityText) put(format string, args ...any) {
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('|')
}

func (w *identityText) exprs(list ...expr.Expr) {
	for _, e := range list {
		if e == nil {
			w.put("-")
			continue
		}
		w.ok = w.ok && expr.Determinism(e) < function.PerRow
		w.put("%s", e)
		expr.Walk(e, func(e expr.Expr) bool {
			switch e := e.(type) {
			case *expr.Udf:
				w.put("%p", e.Fn)
			case *expr.Column:
				w.put("%d", e.Index) // names may come twice
			}
			return true
		})
	}
}

func (w *identityText) call(c *plan.AggCall) {
	w.put("%s %p %v %v %d %v %v %s", c.Name, c.UDF, c.Args, c.Order, c.Filter, c.Distinct,
		c.Type, c.OutName)
	for _, k := range slices.Sorted(maps.Keys(c.Consts)) {
		w.put("%d", k)
		w.exprs(c.Consts[k])
	}
	w.ok = w.ok && (c.UDF == nil || c.UDF.GetDeterministic())
}
