package expr

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// Fold computes constant parts of e and drops what cannot matter: branches of a CASE never taken,
// TRUE in AND, double negation. Calls that raise stay, so that they raise at run time, and only if
// their row is needed. ctx gives the session's zone; nil is UTC.
func Fold(ctx *EvalContext, e Expr) Expr {
	if ctx == nil {
		ctx = kernel.NewContext(clock.NewManual(0))
	}
	return Rewrite(e, func(x Expr) Expr { return fold(ctx, x) })
}

func fold(ctx *EvalContext, e Expr) Expr {
	switch e := e.(type) {
	case *And:
		return foldJunction(e.Args, e, IsTrue, isFalseOnly)
	case *Or:
		return foldJunction(e.Args, e, isFalseOnly, IsTrue)
	case *Not:
		if inner, ok := e.Arg.(*Not); ok {
			return inner.Arg
		}
	case *Case:
		return foldCase(e)
	case *Coalesce:
		return foldCoalesce(e)
	case *Call:
		if e.Fn.Determinism != function.Pure {
			return e
		}
	case *Column, *Literal, *Udf:
		return e
	}
	for _, k := range Children(e) {
		if _, ok := k.(*Literal); !ok {
			return e
		}
	}
	return evalConstant(ctx, e)
}

// evalConstant computes e, whose arguments are literals; on an error e stays.
func evalConstant(ctx *EvalContext, e Expr) Expr {
	n, err := new(compiler).compile(e)
	if err != nil {
		return e
	}
	v, err := n.eval(&frame{ctx: ctx, n: 1})
	if err != nil {
		return e
	}
	value := kernel.Relabel(v, e.Type()).Column(1)
	t := e.Type()
	if value.IsNull(0) {
		t.NotNull = false
	}
	return &Literal{Value: value, T: t}
}

func foldCast(l *Literal, to types.Type, try bool) (Expr, error) {
	ctx := kernel.NewContext(clock.NewManual(0))
	v, err := kernel.Cast(ctx, kernel.ConstVec(l.Value), 1, to, try)
	if err != nil {
		return nil, err
	}
	return &Literal{Value: kernel.Relabel(v, to).Column(1), T: to}, nil
}

func isFalseOnly(e Expr) bool {
	l, ok := e.(*Literal)
	return ok && l.T.Kind == types.Boolean && !l.IsNull() && !l.Value.Bool(0)
}

// foldJunction drops neutral arguments of AND or OR; a deciding one is the result.
func foldJunction(args []Expr, e Expr, neutral, decides func(Expr) bool) Expr {
	var keep []Expr
	for _, a := range args {
		if decides(a) {
			return a
		}
		if !neutral(a) {
			keep = append(keep, a)
		}
	}
	switch {
	case len(keep) == len(args):
		return e
	case len(keep) == 0:
		return args[0]
	case len(keep) == 1:
		return keep[0]
	}
	return withChildren(e, keep)
}

func foldCase(e *Case) Expr {
	c := &Case{T: e.T, Else: e.Else}
	for _, w := range e.Whens {
		if IsFalse(w.Cond) {
			continue
		}
		if IsTrue(w.Cond) {
			c.Else = w.Then
			break
		}
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		return c.Else
	}
	return c
}

func foldCoalesce(e *Coalesce) Expr {
	c := &Coalesce{T: e.T}
	for _, a := range e.Args {
		if l, ok := a.(*Literal); ok && l.IsNull() {
			continue
		}
		c.Args = append(c.Args, a)
		if a.Type().NotNull {
			break
		}
	}
	switch len(c.Args) {
	case 0:
		return Null(e.T)
	case 1:
		return c.Args[0]
	}
	return c
}
