// Package function declares the built-in functions: scalar, aggregate, window and table. One
// declaration has the name, the signature, the documentation and the kernel; one family a file.
//
// Binding. Lookup finds a scalar function by its SQL name, Infer picks the overload for argument
// types (and, for constants, values) and says what the arguments are converted to and what comes
// out. expr.NewCall does both and inserts the conversions. The Table API's names are found by
// LookupTableAPI.
//
// docs/reference/functions.md is generated from the declarations.
package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

//go:generate go run ./gendoc -o ../../../docs/reference/functions.md

// Arg is what binding knows of an argument.
type Arg struct {
	Type types.Type
	// Value is the value of a constant: a column of one row, nil for anything else.
	Value *batch.Column
}

// Text returns the value of a constant, non-null string.
func (a Arg) Text() (string, bool) {
	if a.Value == nil || !a.Type.IsString() || a.Value.IsNull(0) {
		return "", false
	}
	return strings.Clone(a.Value.Str(0)), true
}

// Int returns the value of a constant, non-null integer.
func (a Arg) Int() (int64, bool) {
	if a.Value == nil || !a.Type.IsInteger() || a.Value.IsNull(0) {
		return 0, false
	}
	return kernel.IntAt(a.Value, 0), true
}

// IsNull says whether the argument is the constant NULL.
func (a Arg) IsNull() bool {
	return a.Type.Kind == types.Null || a.Value != nil && a.Value.IsNull(0)
}

// Kernel computes n rows of type t; args have the types that Infer gave. When every argument of a
// deterministic function is constant the evaluator calls it with n = 1.
type Kernel func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error)

// Bound is a function with its overload chosen.
type Bound struct {
	Args   []types.Type // what the arguments are converted to
	Result types.Type
	Kernel Kernel
}

// Determinism says how often a function's value changes for the same arguments.
type Determinism uint8

const (
	// Pure functions depend on their arguments alone: constant calls are folded at planning.
	Pure Determinism = iota
	// PerQuery functions (CURRENT_TIMESTAMP, …) stay the same within a query in batch mode and
	// within a batch of rows in streaming mode. They are not folded at planning.
	PerQuery
	// PerRow functions (RAND, UUID) give another value for each row and are never shared.
	PerRow
)

// Scalar is the declaration of a scalar function.
type Scalar struct {
	Name     string
	Aliases  []string
	Category string
	Syntax   string // "CHAR_LENGTH(string)"
	Doc      string
	Example  string // "CHAR_LENGTH('abc') → 3"; several separated by newlines

	Determinism Determinism
	// Raises says that evaluation may fail on data (division by zero, a bad cast, …): rows not
	// needed are then not evaluated.
	Raises bool
	// Niladic functions may be written without parentheses.
	Niladic bool
	// Special says what the planner makes of the call instead of an expr.Call: an expr of its own
	// ("AND" becomes expr.And) or something only a plan has (GROUPING, a time attribute). Infer is
	// nil then.
	Special string

	// Infer chooses the overload.
	Infer func(args []Arg) (Bound, error)
}

// ArgTypes returns the types of arguments, for messages.
func ArgTypes(args []Arg) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.Type.String()
	}
	return strings.Join(parts, ", ")
}

// mismatch is the error of a call whose arguments fit no signature.
func mismatch(name, syntax string, args []Arg) error {
	return errs.Userf("cannot apply '%s' to arguments of type (%s)", name, ArgTypes(args)).
		Fix("supported: %s", syntax)
}

var (
	scalars   = map[string]*Scalar{}
	aggs      = map[string]*Aggregate{}
	windows   = map[string]*Window{}
	tables    = map[string]*Table{}
	scalarSeq []*Scalar
	aggSeq    []*Aggregate
	windowSeq []*Window
	tableSeq  []*Table
)

func init() {
	for _, family := range scalarFamilies() {
		for _, f := range family {
			scalarSeq = append(scalarSeq, f)
			declare(scalars, f, append([]string{f.Name}, f.Aliases...))
		}
	}
	for _, f := range aggregateDeclarations() {
		aggSeq = append(aggSeq, f)
		declare(aggs, f, append([]string{f.Name}, f.Aliases...))
	}
	for _, f := range windowDeclarations() {
		windowSeq = append(windowSeq, f)
		declare(windows, f, []string{f.Name})
	}
	for _, f := range tableDeclarations() {
		tableSeq = append(tableSeq, f)
		declare(tables, f, []string{f.Name})
	}
}

func declare[F any](m map[string]F, f F, names []string) {
	for _, n := range names {
		key := strings.ToUpper(n)
		if _, ok := m[key]; ok {
			panic(fmt.Sprintf("function: %s is declared twice", n))
		}
		m[key] = f
	}
}

// Lookup finds a scalar function by its SQL name or operator, in any case.
func Lookup(name string) (*Scalar, bool) {
	f, ok := scalars[strings.ToUpper(name)]
	return f, ok
}

// Must is Lookup for names known to exist.
func Must(name string) *Scalar {
	f, ok := Lookup(name)
	if !ok {
		panic("function: no function " + name)
	}
	return f
}

// LookupAggregate finds an aggregate function by its SQL name.
func LookupAggregate(name string) (*Aggregate, bool) {
	f, ok := aggs[strings.ToUpper(name)]
	return f, ok
}

// LookupWindow finds a window function (ROW_NUMBER, LAG, …) by its SQL name.
func LookupWindow(name string) (*Window, bool) {
	f, ok := windows[strings.ToUpper(name)]
	return f, ok
}

// LookupTable finds a built-in table function by its SQL name.
func LookupTable(name string) (*Table, bool) {
	f, ok := tables[strings.ToUpper(name)]
	return f, ok
}

// Scalars, Aggregates, Windows and Tables list the declarations in order.
func Scalars() []*Scalar { return scalarSeq }

// Aggregates lists the aggregate functions.
func Aggregates() []*Aggregate { return aggSeq }

// Windows lists the window functions.
func Windows() []*Window { return windowSeq }

// Tables lists the table functions.
func Tables() []*Table { return tableSeq }

// Names returns the names of all functions that can be called by name, sorted, for SHOW FUNCTIONS
// and "did you mean".
func Names() []string {
	var out []string
	add := func(n string) {
		if n != "" && (n[0] == '_' || n[0] >= 'A' && n[0] <= 'Z') && !strings.Contains(n, " ") {
			out = append(out, n)
		}
	}
	for n := range scalars {
		add(n)
	}
	for n := range aggs {
		add(n)
	}
	for n := range windows {
		add(n)
	}
	for n := range tables {
		add(n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Unknown is the error for a name that no function has; more are names of the caller's own
// (user functions of the catalog).
func Unknown(name string, more []string) error {
	err := errs.Userf("no function '%s'", name)
	if hint := errs.DidYouMean(name, append(Names(), more...)); hint != "" {
		return err.Fix("%s", hint)
	}
	return err
}
