package expr

import (
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
)

// NewColumn refers to a column of the input.
func NewColumn(index int, name string, t types.Type) *Column {
	if t.IsString() {
		t.Name = "" // the mark of JSON (kernel.JSONType) holds within one expression only
	}
	return &Column{Index: index, Name: name, T: t}
}

func argOf(e Expr) function.Arg {
	a := function.Arg{Type: e.Type()}
	if l, ok := e.(*Literal); ok {
		a.Value = l.Value
	}
	return a
}

// NewCall calls a built-in function by its SQL name ("UPPER", "+", "IS NULL", "unary -", …),
// chooses the overload and converts the arguments. The names with a node of their own (AND, OR,
// NOT, COALESCE, IF, IFNULL, NULLIF, BETWEEN, CASE as cond, result, …, else) give that node. The
// symbols of EXTRACT, FLOOR, TRIM, TIMESTAMPDIFF are text literals. Names that
// function.LookupTableAPI gives are understood too.
func NewCall(name string, args ...Expr) (Expr, error) {
	if form, ok := tableForms[name]; ok {
		return form(args)
	}
	fn, ok := function.Lookup(name)
	if !ok {
		return nil, function.Unknown(name, nil)
	}
	return NewCallOf(fn, args...)
}

// NewCallOf is NewCall for a function at hand.
func NewCallOf(fn *function.Scalar, args ...Expr) (Expr, error) {
	if fn.Infer == nil {
		if build, ok := special[fn.Name]; ok {
			return build(fn, args)
		}
		return nil, errs.Userf("'%s' cannot be used here: %s", fn.Name, fn.Special)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = argOf(a)
	}
	b, err := fn.Infer(in)
	if err != nil {
		return nil, err
	}
	converted := make([]Expr, len(args))
	for i, a := range args {
		converted[i] = Coerce(a, b.Args[i])
	}
	return &Call{Fn: fn, Args: converted, Bound: b}, nil
}

// MustCall is NewCall for arguments known to be right.
func MustCall(name string, args ...Expr) Expr {
	e, err := NewCall(name, args...)
	if err != nil {
		panic(err)
	}
	return e
}

var special map[string]func(*function.Scalar, []Expr) (Expr, error)

func init() {
	special = map[string]func(*function.Scalar, []Expr) (Expr, error){
		"AND": func(_ *function.Scalar, args []Expr) (Expr, error) { return NewAnd(args...) },
		"OR":  func(_ *function.Scalar, args []Expr) (Expr, error) { return NewOr(args...) },
		"NOT": func(fn *function.Scalar, args []Expr) (Expr, error) {
			if len(args) != 1 {
				return nil, wrongCount(fn, args)
			}
			return NewNot(args[0])
		},
		"COALESCE": func(_ *function.Scalar, args []Expr) (Expr, error) {
			return NewCoalesce(args...)
		},
		"IFNULL":      buildIfNull,
		"NULLIF":      buildNullIf,
		"IF":          buildIf,
		"CASE":        buildCase,
		"BETWEEN":     buildBetween,
		"NOT BETWEEN": buildBetween,

		"BETWEEN SYMMETRIC":     buildBetween,
		"NOT BETWEEN SYMMETRIC": buildBetween,
	}
}

func wrongCount(fn *function.Scalar, args []Expr) error {
	return errs.Userf("'%s' does not take %d arguments", fn.Name, len(args)).
		Fix("supported: %s", fn.Syntax)
}

// NewCast is CAST(e AS to) or TRY_CAST. The result is nullable when e is, or always with try.
func NewCast(e Expr, to types.Type, try bool) (Expr, error) {
	from := e.Type()
	if !types.CanCast(from, to) {
		return nil, errs.Userf("cannot cast %s to %s", from, to)
	}
	if from.Kind == types.Timestamp && to.IsNumeric() {
		return nil, errs.Userf("cannot cast %s to %s", from, to).
			Fix("write UNIX_TIMESTAMP(CAST(… AS STRING)), or TIMESTAMPDIFF")
	}
	to = to.Nullable(!from.NotNull || try)
	if from.Equal(to) {
		return e, nil
	}
	return &Cast{Arg: e, To: to, Try: try}, nil
}

// Coerce converts e to a type of the same or a wider kind; the nullability stays e's. Literals are
// converted at once, unless the session's time zone has a say.
func Coerce(e Expr, to types.Type) Expr {
	from := e.Type()
	to = to.Nullable(!from.NotNull)
	if sameValues(from, to) {
		return e
	}
	if l, ok := e.(*Literal); ok {
		if l.IsNull() {
			return Null(to)
		}
		if zoned := from.Kind == types.TimestampLTZ || to.Kind == types.TimestampLTZ; !zoned {
			if f, err := foldCast(l, to, false); err == nil {
				return f
			}
		}
	}
	return &Cast{Arg: e, To: to, Implicit: true}
}

// sameValues says whether values of type from are values of type to without conversion.
func sameValues(from, to types.Type) bool {
	switch {
	case from.EqualIgnoringNull(to) || to.Kind == types.Null:
		return true
	case from.IsString() && to.IsString(), from.IsBytes() && to.IsBytes():
		return to.Kind == types.Varchar && to.Precision >= from.Precision ||
			to.Kind == types.Varbinary && to.Precision >= from.Precision
	case from.Kind != to.Kind:
		return false
	case from.Kind == types.Timestamp, from.Kind == types.TimestampLTZ, from.Kind == types.Time:
		return from.Unit() == to.Unit() && from.Precision <= to.Precision
	case from.Kind == types.Array, from.Kind == types.Multiset:
		return sameValues(*from.Elem, *to.Elem)
	case from.Kind == types.Map:
		return sameValues(*from.Key, *to.Key) && sameValues(*from.Elem, *to.Elem)
	case from.Kind == types.Row && len(from.Fields) == len(to.Fields):
		for i, f := range from.Fields {
			if !sameValues(f.Type, to.Fields[i].Type) {
				return false
			}
		}
		return true
	}
	return false
}

func booleans(name string, args []Expr) ([]Expr, error) {
	out := make([]Expr, 0, len(args))
	for _, a := range args {
		switch a.Type().Kind {
		case types.Boolean:
		case types.Null:
			a = Null(types.Of(types.Boolean))
		default:
			return nil, errs.Userf("cannot apply '%s' to %s", name, a.Type()).
				Fix("a BOOLEAN is needed")
		}
		out = append(out, a)
	}
	return out, nil
}

// NewAnd joins conditions; one alone stays itself, none is TRUE. Nested ANDs are flattened.
func NewAnd(args ...Expr) (Expr, error) {
	var flat []Expr
	for _, a := range args {
		if x, ok := a.(*And); ok {
			flat = append(flat, x.Args...)
		} else {
			flat = append(flat, a)
		}
	}
	flat, err := booleans("AND", flat)
	switch {
	case err != nil:
		return nil, err
	case len(flat) == 0:
		return Bool(true), nil
	case len(flat) == 1:
		return flat[0], nil
	}
	return &And{Args: flat}, nil
}

// NewOr is NewAnd for OR; none is FALSE.
func NewOr(args ...Expr) (Expr, error) {
	var flat []Expr
	for _, a := range args {
		if x, ok := a.(*Or); ok {
			flat = append(flat, x.Args...)
		} else {
			flat = append(flat, a)
		}
	}
	flat, err := booleans("OR", flat)
	switch {
	case err != nil:
		return nil, err
	case len(flat) == 0:
		return Bool(false), nil
	case len(flat) == 1:
		return flat[0], nil
	}
	return &Or{Args: flat}, nil
}

// NewNot negates a condition.
func NewNot(e Expr) (Expr, error) {
	args, err := booleans("NOT", []Expr{e})
	if err != nil {
		return nil, err
	}
	return &Not{Arg: args[0]}, nil
}

// NewCase makes a searched CASE; otherwise nil is NULL. The results get their common type.
func NewCase(whens []When, otherwise Expr) (Expr, error) {
	if otherwise == nil {
		otherwise = Null(types.Of(types.Null))
	}
	kinds := make([]types.Type, 0, len(whens)+1)
	for _, w := range whens {
		if _, err := booleans("WHEN", []Expr{w.Cond}); err != nil {
			return nil, err
		}
		kinds = append(kinds, w.Then.Type())
	}
	t, ok := types.Common(append(kinds, otherwise.Type())...)
	if !ok {
		return nil, errs.Userf("the results of CASE have no common type: %s",
			typeList(append(kinds, otherwise.Type())))
	}
	c := &Case{T: t, Else: Coerce(otherwise, t)}
	for _, w := range whens {
		c.Whens = append(c.Whens, When{Cond: w.Cond, Then: Coerce(w.Then, t)})
	}
	return c, nil
}

func typeList(ts []types.Type) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = t.String()
	}
	return strings.Join(parts, ", ")
}

// NewCoalesce is COALESCE; it is NOT NULL when any argument is.
func NewCoalesce(args ...Expr) (Expr, error) {
	if len(args) == 0 {
		return nil, errs.Userf("COALESCE needs an argument").Fix("write COALESCE(value, other)")
	}
	ts := make([]types.Type, len(args))
	notNull := false
	for i, a := range args {
		ts[i] = a.Type()
		notNull = notNull || ts[i].NotNull
	}
	t, ok := types.Common(ts...)
	if !ok {
		return nil, errs.Userf("the arguments of COALESCE have no common type: %s", typeList(ts))
	}
	c := &Coalesce{T: t.Nullable(!notNull)}
	for _, a := range args {
		c.Args = append(c.Args, Coerce(a, t))
	}
	return c, nil
}

// NewField takes a field of a ROW by position.
func NewField(e Expr, index int) (Expr, error) {
	t := e.Type()
	if t.Kind != types.Row || index < 0 || index >= len(t.Fields) {
		return nil, errs.Userf("%s has no field %d", t, index)
	}
	f := t.Fields[index].Type
	return &Field{Arg: e, Index: index, T: f.Nullable(!t.NotNull || !f.NotNull)}, nil
}

// NewFieldNamed takes a field of a ROW by name.
func NewFieldNamed(e Expr, name string) (Expr, error) {
	t := e.Type()
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		if f.Name == name {
			return NewField(e, i)
		}
		names[i] = f.Name
	}
	err := errs.Userf("%s has no field '%s'", t, name)
	if hint := errs.DidYouMean(name, names); hint != "" {
		return nil, err.Fix("%s", hint)
	}
	return nil, err
}

func buildIfNull(fn *function.Scalar, args []Expr) (Expr, error) {
	if len(args) != 2 {
		return nil, wrongCount(fn, args)
	}
	return NewCoalesce(args...)
}

func buildNullIf(fn *function.Scalar, args []Expr) (Expr, error) {
	if len(args) != 2 {
		return nil, wrongCount(fn, args)
	}
	eq, err := NewCall("=", args...)
	if err != nil {
		return nil, err
	}
	return NewCase([]When{{eq, Null(args[0].Type())}}, args[0])
}

// buildCase makes a CASE of cond, result, …, else.
func buildCase(fn *function.Scalar, args []Expr) (Expr, error) {
	if len(args) < 3 || len(args)%2 == 0 {
		return nil, wrongCount(fn, args)
	}
	var whens []When
	for i := 0; i+1 < len(args); i += 2 {
		whens = append(whens, When{args[i], args[i+1]})
	}
	return NewCase(whens, args[len(args)-1])
}

// buildIf is the IF of SQL: a CASE that Flink takes for nullable when its condition is. That of the
// Table API is a CASE.
func buildIf(fn *function.Scalar, args []Expr) (Expr, error) {
	if len(args) != 3 {
		return nil, wrongCount(fn, args)
	}
	e, err := buildCase(fn, args)
	if c, ok := e.(*Case); ok && !args[0].Type().NotNull {
		c.T = c.T.Nullable(true)
	}
	return e, err
}

func buildBetween(fn *function.Scalar, args []Expr) (Expr, error) {
	if len(args) != 3 {
		return nil, wrongCount(fn, args)
	}
	within := func(lo, hi Expr) (Expr, error) {
		ge, err := NewCall(">=", args[0], lo)
		if err != nil {
			return nil, err
		}
		le, err := NewCall("<=", args[0], hi)
		if err != nil {
			return nil, err
		}
		return NewAnd(ge, le)
	}
	e, err := within(args[1], args[2])
	if err == nil && strings.HasSuffix(fn.Name, "SYMMETRIC") {
		var other Expr
		if other, err = within(args[2], args[1]); err == nil {
			e, err = NewOr(e, other)
		}
	}
	if err != nil || !strings.HasPrefix(fn.Name, "NOT") {
		return e, err
	}
	return NewNot(e)
}
