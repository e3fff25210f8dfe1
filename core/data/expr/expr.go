// Package expr is the typed expression tree that the planner makes and operators evaluate over
// batches.
//
// Building: NewColumn, the literal constructors (Int, Text, …), NewCall and the constructors of
// the nodes with a meaning of their own (NewCast, NewCase, NewAnd, …). They check and convert
// their arguments; errors are user errors without a place, which the binder adds. Fold computes
// what is constant. Walk and Rewrite go over a tree. Trees are immutable and may be shared.
//
// Evaluation: Compile makes a Program; Eval gives a column, EvalFilter the rows that hold. CASE,
// COALESCE, AND and OR evaluate an argument only for the rows that need it when it is costly or
// may raise.
package expr

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
)

// Expr is a typed expression: one of the node types of this package.
type Expr interface {
	Type() types.Type
	// String is the expression as EXPLAIN shows it; two expressions that print alike within one
	// input are equal.
	String() string
}

// Column is a column of the input, by position.
type Column struct {
	Index int
	Name  string
	T     types.Type
}

// Literal is a constant.
type Literal struct {
	Value *batch.Column // one row
	T     types.Type
}

// Call is a call of a built-in function; its arguments have the types that the function's binding
// asked for.
type Call struct {
	Fn    *function.Scalar
	Args  []Expr
	Bound function.Bound
}

// Cast is CAST or TRY_CAST. An implicit one was put in by the planner and widens only.
type Cast struct {
	Arg      Expr
	To       types.Type
	Try      bool
	Implicit bool
}

// And is the conjunction of two or more BOOLEANs.
type And struct{ Args []Expr }

// Or is the disjunction of two or more BOOLEANs.
type Or struct{ Args []Expr }

// Not is three-valued NOT.
type Not struct{ Arg Expr }

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// Case is CASE WHEN … THEN … ELSE … END; all results have its type.
type Case struct {
	Whens []When
	Else  Expr
	T     types.Type
}

// Coalesce is the first argument that is not null; all have its type.
type Coalesce struct {
	Args []Expr
	T    types.Type
}

// Field is a field of a ROW; null when the row is.
type Field struct {
	Arg   Expr
	Index int
	T     types.Type
}

// Udf is a call of a user function. The planner splits it out of the tree before evaluation:
// Compile refuses it.
type Udf struct {
	Fn            any // the *planpb.Function
	Name          string
	Args          []Expr
	T             types.Type
	Deterministic bool
}

// Type implements Expr.
func (e *Column) Type() types.Type { return e.T }

// Type implements Expr.
func (e *Literal) Type() types.Type { return e.T }

// Type implements Expr.
func (e *Call) Type() types.Type { return e.Bound.Result }

// Type implements Expr.
func (e *Cast) Type() types.Type { return e.To }

// Type implements Expr.
func (e *And) Type() types.Type { return boolOf(e.Args) }

// Type implements Expr.
func (e *Or) Type() types.Type { return boolOf(e.Args) }

// Type implements Expr.
func (e *Not) Type() types.Type { return boolOf([]Expr{e.Arg}) }

// Type implements Expr.
func (e *Case) Type() types.Type { return e.T }

// Type implements Expr.
func (e *Coalesce) Type() types.Type { return e.T }

// Type implements Expr.
func (e *Field) Type() types.Type { return e.T }

// Type implements Expr.
func (e *Udf) Type() types.Type { return e.T }

func boolOf(args []Expr) types.Type {
	t := types.Of(types.Boolean).Nullable(false)
	for _, a := range args {
		if !a.Type().NotNull {
			t.NotNull = false
		}
	}
	return t
}

func (e *Column) String() string {
	if e.Name == "" {
		return fmt.Sprintf("$%d", e.Index)
	}
	return e.Name
}

func (e *Call) String() string {
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = a.String()
	}
	name := e.Fn.Name
	operator := name[0] != '$' && (name[0] < 'A' || name[0] > 'Z')
	switch {
	case len(args) == 2 && (operator || name == "LIKE" || name == "SIMILAR TO" ||
		strings.HasPrefix(name, "IS ")):
		return "(" + args[0] + " " + name + " " + args[1] + ")"
	case len(args) == 1 && strings.HasPrefix(name, "IS "):
		return args[0] + " " + name
	case len(args) == 1 && operator:
		return strings.TrimPrefix(name, "unary ") + args[0]
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func (e *Cast) String() string {
	if e.Implicit {
		return fmt.Sprintf("CAST(%s AS %s)", e.Arg, e.To.Nullable(true))
	}
	name := "CAST"
	if e.Try {
		name = "TRY_CAST"
	}
	return fmt.Sprintf("%s(%s AS %s)", name, e.Arg, e.To.Nullable(true))
}

func (e *And) String() string { return "(" + join(e.Args, " AND ") + ")" }
func (e *Or) String() string  { return "(" + join(e.Args, " OR ") + ")" }
func (e *Not) String() string { return "NOT(" + e.Arg.String() + ")" }

func (e *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE(")
	for _, w := range e.Whens {
		fmt.Fprintf(&b, "%s, %s, ", w.Cond, w.Then)
	}
	b.WriteString(e.Else.String() + ")")
	return b.String()
}

func (e *Coalesce) String() string { return "COALESCE(" + join(e.Args, ", ") + ")" }

func (e *Field) String() string {
	if t := e.Arg.Type(); e.Index < len(t.Fields) {
		return e.Arg.String() + "." + t.Fields[e.Index].Name
	}
	return fmt.Sprintf("%s.$%d", e.Arg, e.Index)
}

func (e *Udf) String() string { return e.Name + "(" + join(e.Args, ", ") + ")" }

func join(args []Expr, sep string) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return strings.Join(parts, sep)
}

// Equal says whether two expressions over the same input are the same.
func Equal(a, b Expr) bool {
	x, ok1 := a.(*Column)
	y, ok2 := b.(*Column)
	if ok1 || ok2 {
		return ok1 && ok2 && x.Index == y.Index
	}
	return a.Type().Equal(b.Type()) && a.String() == b.String() && sameColumns(a, b)
}

// sameColumns guards against columns of different position that have the same name.
func sameColumns(a, b Expr) bool {
	x, y := Columns(a), Columns(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}
