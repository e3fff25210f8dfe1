package expr

import "github.com/headrace/headrace/core/data/function"

// Children returns the direct arguments of e in the order of their evaluation.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Call:
		return e.Args
	case *Cast:
		return []Expr{e.Arg}
	case *And:
		return e.Args
	case *Or:
		return e.Args
	case *Not:
		return []Expr{e.Arg}
	case *Case:
		out := make([]Expr, 0, 2*len(e.Whens)+1)
		for _, w := range e.Whens {
			out = append(out, w.Cond, w.Then)
		}
		return append(out, e.Else)
	case *Coalesce:
		return e.Args
	case *Field:
		return []Expr{e.Arg}
	case *Udf:
		return e.Args
	}
	return nil
}

// withChildren is e with other arguments of the same types (nullability may differ).
func withChildren(e Expr, kids []Expr) Expr {
	switch e := e.(type) {
	case *Call:
		return &Call{Fn: e.Fn, Args: kids, Bound: e.Bound}
	case *Cast:
		return &Cast{Arg: kids[0], To: e.To, Try: e.Try, Implicit: e.Implicit}
	case *And:
		return &And{Args: kids}
	case *Or:
		return &Or{Args: kids}
	case *Not:
		return &Not{Arg: kids[0]}
	case *Case:
		c := &Case{T: e.T, Else: kids[len(kids)-1]}
		for i := range e.Whens {
			c.Whens = append(c.Whens, When{Cond: kids[2*i], Then: kids[2*i+1]})
		}
		return c
	case *Coalesce:
		return &Coalesce{Args: kids, T: e.T}
	case *Field:
		return &Field{Arg: kids[0], Index: e.Index, T: e.T}
	case *Udf:
		u := *e
		u.Args = kids
		return &u
	}
	return e
}

// Walk calls f for e and, while f gives true, for what is below, parents first.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	for _, k := range Children(e) {
		Walk(k, f)
	}
}

// Rewrite replaces nodes from the leaves up: f gets each node with its arguments rewritten and
// returns what stands in its place. Unchanged trees are returned as they are.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	kids := Children(e)
	var changed []Expr
	for i, k := range kids {
		r := Rewrite(k, f)
		if r != k && changed == nil {
			changed = append([]Expr(nil), kids...)
		}
		if changed != nil {
			changed[i] = r
		}
	}
	if changed != nil {
		e = withChildren(e, changed)
	}
	return f(e)
}

// Columns returns the positions of the columns that e reads, in order of appearance, repeats
// included.
func Columns(e Expr) []int {
	var out []int
	Walk(e, func(x Expr) bool {
		if c, ok := x.(*Column); ok {
			out = append(out, c.Index)
		}
		return true
	})
	return out
}

// Remap moves column references: position i becomes to[i]. A position that is gone (-1) must not
// be used.
func Remap(e Expr, to []int) Expr {
	return Rewrite(e, func(x Expr) Expr {
		if c, ok := x.(*Column); ok && to[c.Index] != c.Index {
			return &Column{Index: to[c.Index], Name: c.Name, T: c.T}
		}
		return x
	})
}

// Replace puts an expression in place of each column: column i becomes by[i].
func Replace(e Expr, by []Expr) Expr {
	return Rewrite(e, func(x Expr) Expr {
		if c, ok := x.(*Column); ok {
			return by[c.Index]
		}
		return x
	})
}

// Conjuncts splits nested ANDs; a constant TRUE disappears.
func Conjuncts(e Expr) []Expr {
	if a, ok := e.(*And); ok {
		var out []Expr
		for _, x := range a.Args {
			out = append(out, Conjuncts(x)...)
		}
		return out
	}
	if l, ok := e.(*Literal); ok && IsTrue(l) {
		return nil
	}
	return []Expr{e}
}

// Determinism is that of the least deterministic function in e.
func Determinism(e Expr) function.Determinism {
	out := function.Pure
	Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			out = max(out, x.Fn.Determinism)
		case *Udf:
			if !x.Deterministic {
				out = function.PerRow
			}
		}
		return true
	})
	return out
}

// HasUdf says whether a user function is called in e.
func HasUdf(e Expr) bool {
	found := false
	Walk(e, func(x Expr) bool {
		if _, ok := x.(*Udf); ok {
			found = true
		}
		return !found
	})
	return found
}

// Raises says whether the evaluation of e may fail on data.
func Raises(e Expr) bool {
	found := false
	Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			found = found || x.Fn.Raises
		case *Cast:
			found = found || !x.Try && !x.Implicit
		case *Udf:
			found = true
		}
		return !found
	})
	return found
}
