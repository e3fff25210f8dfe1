package function

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// The JSON functions have clauses in SQL; here they are constant arguments:
//
//	JSON_EXISTS(json, path [, on error])
//	JSON_VALUE(json, path [, returning, on empty, default, on error, default])
//	JSON_QUERY(json, path [, returning, wrapper, on empty, on error])
//	JSON_OBJECT(nulls, key, value, …)   JSON_ARRAY(nulls, value, …)
//
// returning is the text of a type; on empty and on error are NULL, ERROR, DEFAULT, TRUE, FALSE,
// UNKNOWN, EMPTY ARRAY or EMPTY OBJECT; wrapper is WITHOUT, WITH CONDITIONAL or WITH
// UNCONDITIONAL; nulls is NULL ON NULL or ABSENT ON NULL. NULL stands for a clause not written.

// option is the text of constant argument k, or the fallback.
func option(args []Arg, k int, fallback string) string {
	if k < len(args) {
		if s, ok := args[k].Text(); ok && s != "" {
			s = strings.ToUpper(s)
			if short, ok := tableOptions[s]; ok {
				return short
			}
			return s
		}
	}
	return fallback
}

// tableOptions are the Table API's names of clauses.
var tableOptions = map[string]string{"WITHOUT_ARRAY": "WITHOUT",
	"CONDITIONAL_ARRAY": "WITH CONDITIONAL", "UNCONDITIONAL_ARRAY": "WITH UNCONDITIONAL",
	"EMPTY_ARRAY": "EMPTY ARRAY", "EMPTY_OBJECT": "EMPTY OBJECT"}

// absentOnNull reads a clause ON NULL, written in full or as the Table API does.
func absentOnNull(args []Arg, fallback bool) bool {
	switch option(args, 0, "") {
	case "ABSENT ON NULL", "ABSENT":
		return true
	case "NULL ON NULL", "NULL":
		return false
	}
	return fallback
}

// find evaluates the path of argument 1 in the text of argument 0. As in Flink, to a lax path a
// text that is no JSON is empty, and the JSON text null is an error to every path.
func (c *call) find(i int) (v *kernel.JSON, lax, ok bool, err error) {
	p, err := c.ctx.JSONPath(c.str(1, i))
	if err != nil {
		return nil, false, false, err
	}
	j, ok := kernel.ParseJSON(c.str(0, i))
	if !ok || j.Kind == kernel.JSONNull {
		return nil, p.Lax, p.Lax && !ok, nil
	}
	v, ok = p.Find(j)
	if v != nil && v.Kind == kernel.JSONNull {
		v = nil
	}
	return v, p.Lax, ok, nil
}

func jsonFailed(name string, c *call, i int) error {
	return errs.Dataf("%s: the path '%s' gives no value in '%s'", name, c.str(1, i), c.str(0, i))
}

func inferJSONExists(args []Arg) (Bound, error) {
	onError := option(args, 2, "FALSE")
	k := rows(func(c *call, i int) error {
		v, _, ok, err := c.find(i)
		switch {
		case err != nil:
			return err
		case ok:
			c.putBool(v != nil)
		case onError == "ERROR":
			return jsonFailed("JSON_EXISTS", c, i)
		case onError == "UNKNOWN":
			c.putNull()
		default:
			c.putBool(onError == "TRUE")
		}
		return nil
	})
	return sigs(on(str, str, symbol).optional(1).with(nullable).returns(boolT, k))(
		"JSON_EXISTS", "JSON_EXISTS(json, path [on error])")(args)
}

// jsonReturning is the type of a RETURNING clause, STRING without one.
func jsonReturning(args []Arg) (types.Type, error) {
	text := option(args, 2, "STRING")
	t, err := types.Parse(text)
	if err != nil {
		return t, errs.Userf("RETURNING %s", text).Wrap(err)
	}
	return t.Nullable(true), nil
}

const jsonValueSyntax = "JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value " +
	"ON EMPTY] [NULL | ERROR | DEFAULT value ON ERROR])"

func inferJSONValue(args []Arg) (Bound, error) {
	if len(args) < 2 || len(args) > 7 || !textual(args[0]) || !textual(args[1]) {
		return Bound{}, mismatch("JSON_VALUE", jsonValueSyntax, args)
	}
	t, err := jsonReturning(args)
	if err != nil {
		return Bound{}, err
	}
	onEmpty, onError := option(args, 3, "NULL"), option(args, 5, "NULL")
	b := Bound{Result: t, Args: make([]types.Type, len(args))}
	for i, a := range args {
		b.Args[i] = a.Type
		if i == 4 || i == 6 { // a default has the type of the result
			b.Args[i] = t
		}
	}
	b.Kernel = func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		return jsonValue(ctx, args, n, t, onEmpty, onError)
	}
	return b, nil
}

func textual(a Arg) bool { return a.Type.IsString() || a.Type.Kind == types.Null }

// jsonValue collects texts, which are cast to the result's type at the end, and takes defaults
// from their arguments.
func jsonValue(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type, onEmpty,
	onError string) (kernel.Vec, error) {
	if args[0].AllNull() || args[1].AllNull() {
		return kernel.NullVec(t.Nullable(true)), nil
	}
	c := newCall(ctx, args, n, stringT)
	from := make([]int, n) // 0: the text, else the argument with the default
	defaults := false
	instead := func(i int, kind string, arg int, err error) error {
		c.putNull()
		if kind == "DEFAULT" && arg < len(args) {
			from[i], defaults = arg, true
		}
		if kind == "ERROR" {
			return err
		}
		return nil
	}
	for i := range n {
		if c.null(0, i) || c.null(1, i) {
			c.putNull()
			continue
		}
		v, lax, ok, err := c.find(i)
		if err != nil {
			return kernel.Vec{}, err
		}
		switch {
		case !ok:
			err = instead(i, onError, 6, jsonFailed("JSON_VALUE", c, i))
		case v == nil && !lax: // a null that stands there
			c.putNull()
		case v == nil || lax && !v.Scalar():
			err = instead(i, onEmpty, 4, jsonFailed("JSON_VALUE", c, i))
		case !v.Scalar():
			err = instead(i, onError, 6, jsonFailed("JSON_VALUE", c, i))
		default:
			c.putStr(v.ScalarText())
		}
		if err != nil {
			return kernel.Vec{}, err
		}
	}
	v, err := kernel.Cast(ctx, kernel.ColVec(c.out.Finish()), n, t, onError != "ERROR")
	if err != nil || !defaults {
		return v, err
	}
	out := batch.NewBuilder(t, n)
	for i := range n {
		if k := from[i]; k > 0 {
			out.AppendFrom(c.col(k), c.at(k, i))
		} else {
			out.AppendFrom(v.Col, i)
		}
	}
	return kernel.ColVec(out.Finish()), nil
}

const jsonQuerySyntax = "JSON_QUERY(json, path [RETURNING type] [{WITHOUT | WITH CONDITIONAL | " +
	"WITH UNCONDITIONAL} [ARRAY] WRAPPER] [… ON EMPTY] [… ON ERROR])"

func inferJSONQuery(args []Arg) (Bound, error) {
	if len(args) < 2 || len(args) > 6 || !textual(args[0]) || !textual(args[1]) {
		return Bound{}, mismatch("JSON_QUERY", jsonQuerySyntax, args)
	}
	t, err := jsonReturning(args)
	if err != nil {
		return Bound{}, err
	}
	if !t.IsString() && (t.Kind != types.Array || !t.Elem.IsString()) {
		return Bound{}, errs.Userf("JSON_QUERY cannot return %s", t).
			Fix("RETURNING STRING and ARRAY<STRING> are supported")
	}
	wrapper := option(args, 3, "WITHOUT")
	onEmpty, onError := option(args, 4, "NULL"), option(args, 5, "NULL")
	b := Bound{Result: t}
	for _, a := range args {
		b.Args = append(b.Args, a.Type)
	}
	b.Kernel = rowsN(func(c *call, i int) error {
		if c.null(0, i) || c.null(1, i) {
			c.putNull()
			return nil
		}
		v, lax, ok, err := c.find(i)
		if err != nil {
			return err
		}
		if v != nil && (wrapper == "WITH UNCONDITIONAL" || wrapper == "WITH" ||
			wrapper == "WITH CONDITIONAL" && v.Kind != kernel.JSONArray) {
			v = &kernel.JSON{Kind: kernel.JSONArray, Items: []*kernel.JSON{v}}
		}
		kind := ""
		switch {
		case !ok:
			kind = onError
		case v == nil || lax && v.Scalar():
			kind = onEmpty
		case v.Scalar():
			kind = onError
		}
		switch kind {
		case "":
		case "ERROR":
			return jsonFailed("JSON_QUERY", c, i)
		case "EMPTY ARRAY":
			v = &kernel.JSON{Kind: kernel.JSONArray}
		case "EMPTY OBJECT":
			v = &kernel.JSON{Kind: kernel.JSONObject}
		default:
			c.putNull()
			return nil
		}
		c.putJSON(v)
		return nil
	})
	return b, nil
}

// putJSON appends JSON as text, or the texts of an array's items.
func (c *call) putJSON(v *kernel.JSON) {
	if c.t.IsString() {
		c.putBytes(v.AppendJSON(nil))
		return
	}
	if v.Kind != kernel.JSONArray {
		c.putNull()
		return
	}
	for _, item := range v.Items {
		switch {
		case item.Kind == kernel.JSONNull:
			c.out.Child(0).AppendNull()
		case item.Scalar():
			c.out.Child(0).AppendString(item.ScalarText())
		default:
			c.out.Child(0).AppendBytes(item.AppendJSON(nil))
		}
	}
	c.out.CloseList()
}

func checkJSON(args []Arg) error {
	for _, a := range args {
		if !kernel.CanJSON(a.Type) {
			return errs.Userf("%s cannot be converted into JSON", a.Type).Fix("CAST it to STRING")
		}
	}
	return nil
}

func isRaw(t types.Type) bool { return t.IsString() && t.Name == "JSON" }

func inferJSONObject(args []Arg) (Bound, error) {
	const syntax = "JSON_OBJECT([[KEY] key VALUE value]* [{NULL | ABSENT} ON NULL])"
	if len(args)%2 != 1 {
		return Bound{}, mismatch("JSON_OBJECT", syntax, args)
	}
	for k := 1; k < len(args); k += 2 {
		if !args[k].Type.IsString() {
			return Bound{}, errs.Userf("the keys of JSON_OBJECT must be character strings, not %s",
				args[k].Type)
		}
	}
	if err := checkJSON(args[1:]); err != nil {
		return Bound{}, err
	}
	absent := absentOnNull(args, false)
	return jsonBound(args, func(c *call, i int) error {
		type pair struct {
			key string
			at  int
		}
		var pairs []pair
		for k := 1; k < len(c.args); k += 2 {
			if c.null(k, i) {
				return errs.Dataf("a key of JSON_OBJECT is NULL")
			}
			if !absent || !c.null(k+1, i) {
				pairs = append(pairs, pair{c.str(k, i), k + 1})
			}
		}
		slices.SortStableFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
		out := []byte{'{'}
		for n, p := range pairs {
			if n+1 < len(pairs) && pairs[n+1].key == p.key {
				continue // the last value of a key counts
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(kernel.AppendJSONText(out, p.key, false), ':')
			out = kernel.AppendValueJSON(out, c.col(p.at), c.at(p.at, i), isRaw(args[p.at].Type))
		}
		c.putBytes(append(out, '}'))
		return nil
	}), nil
}

func jsonBound(args []Arg, f func(c *call, i int) error) Bound {
	b := Bound{Result: kernel.JSONType().Nullable(false), Kernel: rowsN(f)}
	for _, a := range args {
		b.Args = append(b.Args, a.Type)
	}
	return b
}

func inferJSONArray(args []Arg) (Bound, error) {
	if len(args) == 0 {
		return Bound{}, mismatch("JSON_ARRAY", "JSON_ARRAY([value]* [{NULL | ABSENT} ON NULL])", args)
	}
	if err := checkJSON(args[1:]); err != nil {
		return Bound{}, err
	}
	absent := absentOnNull(args, true)
	return jsonBound(args, func(c *call, i int) error {
		out := []byte{'['}
		for k := 1; k < len(c.args); k++ {
			if absent && c.null(k, i) {
				continue
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = kernel.AppendValueJSON(out, c.col(k), c.at(k, i), isRaw(args[k].Type))
		}
		c.putBytes(append(out, ']'))
		return nil
	}), nil
}

func inferJSONString(args []Arg) (Bound, error) {
	if len(args) != 1 {
		return Bound{}, mismatch("JSON_STRING", "JSON_STRING(value)", args)
	}
	if err := checkJSON(args); err != nil {
		return Bound{}, err
	}
	return Bound{Args: []types.Type{args[0].Type}, Result: stringT.Nullable(!args[0].Type.NotNull),
		Kernel: rows(func(c *call, i int) error {
			c.putBytes(kernel.AppendValueJSON(nil, c.col(0), c.at(0, i), false))
			return nil
		})}, nil
}

// isJSON tests the kind of JSON a text is; a text that is NULL is none.
func isJSON(what string, not bool) Kernel {
	return rowsN(func(c *call, i int) error {
		if c.null(0, i) {
			c.putBool(not)
			return nil
		}
		j, ok := kernel.ParseJSON(c.str(0, i))
		if ok {
			switch what {
			case "SCALAR":
				ok = j.Scalar()
			case "ARRAY":
				ok = j.Kind == kernel.JSONArray
			case "OBJECT":
				ok = j.Kind == kernel.JSONObject
			}
		}
		c.putBool(ok != not)
		return nil
	})
}

func jsonUnquote(c *call, i int) error {
	s := c.str(0, i)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		if j, ok := kernel.ParseJSON(s); ok {
			s = j.Text
		}
	}
	c.putStr(s)
	return nil
}

// jsonNormal checks and compacts the text of JSON(…).
func jsonNormal(c *call, i int) error {
	j, ok := kernel.ParseJSON(c.str(0, i))
	if !ok {
		return errs.Dataf("'%s' is not JSON", c.str(0, i))
	}
	c.putBytes(j.AppendJSON(nil))
	return nil
}
