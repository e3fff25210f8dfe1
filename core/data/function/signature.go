package function

import (
	"github.com/headrace/headrace/core/data/types"
)

// param accepts an argument and says what it is converted to.
type param func(a Arg) (types.Type, bool)

// nulls says when a result type is nullable.
type nulls uint8

const (
	nullIfAny nulls = iota // when any argument is
	nullable               // always
	notNull                // never
	asElement              // when any argument is, or the result by itself
)

// sig is one overload: its parameters, the last opt of which may be left out, the last of which
// repeats when rest is set.
type sig struct {
	params []param
	opt    int
	rest   bool
	nulls  nulls
	result func(args []Arg) types.Type
	kernel Kernel
}

// sigs makes an Infer that takes the first overload that fits.
func sigs(list ...sig) func(name, syntax string) func([]Arg) (Bound, error) {
	return func(name, syntax string) func([]Arg) (Bound, error) {
		return func(args []Arg) (Bound, error) {
			for _, s := range list {
				if b, ok := s.match(args); ok {
					return b, nil
				}
			}
			return Bound{}, mismatch(name, syntax, args)
		}
	}
}

func (s sig) match(args []Arg) (Bound, bool) {
	n := len(s.params)
	if len(args) < n-s.opt || len(args) > n && !s.rest {
		return Bound{}, false
	}
	b := Bound{Kernel: s.kernel, Args: make([]types.Type, len(args))}
	bound := make([]Arg, len(args))
	null := false
	for i, a := range args {
		t, ok := s.params[min(i, n-1)](a)
		if !ok {
			return Bound{}, false
		}
		b.Args[i] = t.Nullable(!a.Type.NotNull)
		bound[i] = Arg{Type: b.Args[i], Value: a.Value}
		null = null || !a.Type.NotNull
	}
	b.Result = s.result(bound)
	switch s.nulls {
	case nullIfAny:
		b.Result = b.Result.Nullable(null)
	case asElement:
		b.Result = b.Result.Nullable(null || !b.Result.NotNull)
	case nullable:
		b.Result = b.Result.Nullable(true)
	case notNull:
		b.Result = b.Result.Nullable(false)
	}
	return b, true
}

// def makes a declaration of overloads.
func def(f Scalar, list ...sig) *Scalar {
	f.Infer = sigs(list...)(f.Name, f.Syntax)
	return &f
}

// on, returning and the rest build overloads: on(str, i32).returns(stringT, k).
func on(params ...param) sig { return sig{params: params} }

func (s sig) optional(n int) sig { s.opt = n; return s }
func (s sig) repeated() sig      { s.rest = true; return s }
func (s sig) with(n nulls) sig   { s.nulls = n; return s }
func (s sig) returns(t types.Type, k Kernel) sig {
	s.result = func([]Arg) types.Type { return t }
	s.kernel = k
	return s
}
func (s sig) returnsFn(f func(args []Arg) types.Type, k Kernel) sig {
	s.result, s.kernel = f, k
	return s
}

var (
	stringT = types.String()
	bytesT  = types.Of(types.Varbinary)
	boolT   = types.Of(types.Boolean)
	intT    = types.Of(types.Int)
	bigintT = types.Of(types.BigInt)
	doubleT = types.Of(types.Double)
	dateT   = types.Of(types.Date)
)

// to makes a param of types accepted by ok (and NULL) that are converted to t.
func to(t types.Type, ok func(types.Type) bool) param {
	return func(a Arg) (types.Type, bool) {
		return t, a.Type.Kind == types.Null || ok(a.Type)
	}
}

// keep makes a param of types accepted by ok that stay as they are; NULL becomes t.
func keep(t types.Type, ok func(types.Type) bool) param {
	return func(a Arg) (types.Type, bool) {
		if a.Type.Kind == types.Null {
			return t, true
		}
		return a.Type, ok(a.Type)
	}
}

var (
	str     = keep(stringT, types.Type.IsString)
	byt     = keep(bytesT, types.Type.IsBytes)
	i32     = to(intT, types.Type.IsInteger)
	i64     = to(bigintT, types.Type.IsInteger)
	f64     = to(doubleT, types.Type.IsNumeric)
	num     = keep(intT, types.Type.IsNumeric)
	boolean = to(boolT, func(t types.Type) bool { return t.Kind == types.Boolean })
	stamp   = keep(types.WithPrecision(types.Timestamp, 3), types.Type.IsTimestamp)
	anyArg  = keep(types.Of(types.Null), func(types.Type) bool { return true })
	array   = keep(types.ArrayOf(intT), ofKind(types.Array))
	mapping = keep(types.MapOf(stringT, stringT), ofKind(types.Map))
)

func ofKind(k types.Kind) func(types.Type) bool {
	return func(t types.Type) bool { return t.Kind == k }
}

// first is the type of the first argument.
func first(args []Arg) types.Type { return args[0].Type }
