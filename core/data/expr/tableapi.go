package expr

import (
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
)

// tableForms build the calls of the Table API whose names function.LookupTableAPI gives with a $:
// their arguments come in the order of the API's methods.
var tableForms map[string]func(args []Expr) (Expr, error)

func init() {
	tableForms = map[string]func([]Expr) (Expr, error){
		"$plus": func(args []Expr) (Expr, error) {
			if len(args) == 2 && (args[0].Type().IsString() || args[1].Type().IsString()) {
				return NewCall("||", args...)
			}
			return NewCall("+", args...)
		},
		"$trim":         func(args []Expr) (Expr, error) { return tableTrim("BOTH", args) },
		"$trimLeading":  func(args []Expr) (Expr, error) { return tableTrim("LEADING", args) },
		"$trimTrailing": func(args []Expr) (Expr, error) { return tableTrim("TRAILING", args) },
		"$extract":      func(args []Expr) (Expr, error) { return NewCall("EXTRACT", swap(args)...) },
		"$log":          func(args []Expr) (Expr, error) { return NewCall("LOG", swap(args)...) },
		"$toTime":       tableToTime,
		"$isJson":       tableIsJSON,
		"$jsonQuery":    tableJSONQuery,
		"$row":          tableRow,
	}
	for _, unit := range []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE",
		"SECOND", "MILLISECOND"} {
		tableForms["$"+unit] = func(args []Expr) (Expr, error) {
			return NewCall("INTERVAL", append(args[:len(args):len(args)], Text(unit))...)
		}
	}
}

// swap exchanges two arguments.
func swap(args []Expr) []Expr {
	if len(args) != 2 {
		return args
	}
	return []Expr{args[1], args[0]}
}

// tableTrim is x.trim() or x.trim(character), and trim(leading, trailing, character, x) with two
// BOOLEAN constants.
func tableTrim(where string, args []Expr) (Expr, error) {
	set := Expr(Text(" "))
	if len(args) == 4 {
		leading, trailing := IsTrue(args[0]), IsTrue(args[1])
		switch {
		case leading && !trailing:
			where = "LEADING"
		case trailing && !leading:
			where = "TRAILING"
		}
		return NewCall("TRIM", Text(where), args[2], args[3])
	}
	if len(args) == 2 {
		set = args[1]
	}
	if len(args) == 0 || len(args) > 2 {
		return nil, errs.Userf("trim does not take %d arguments", len(args))
	}
	return NewCall("TRIM", Text(where), set, args[0])
}

func tableToTime(args []Expr) (Expr, error) {
	if len(args) != 1 {
		return nil, errs.Userf("to_time does not take %d arguments", len(args))
	}
	return NewCast(args[0], types.Of(types.Time), false)
}

func tableIsJSON(args []Expr) (Expr, error) {
	name := "IS JSON"
	if len(args) == 2 {
		kind, _ := TextValue(args[1])
		name += " " + strings.ToUpper(kind)
		args = args[:1]
	}
	return NewCall(name, args...)
}

// tableJSONQuery is x.json_query(path, wrapper, on empty, on error), without a returned type.
func tableJSONQuery(args []Expr) (Expr, error) {
	if len(args) > 2 {
		if first, ok := TextValue(args[2]); !ok || strings.HasSuffix(first, "ARRAY") {
			rest := args[2:]
			args = append(append(args[:2:2], Null(types.Of(types.Null))), rest...)
		}
	}
	return NewCall("JSON_QUERY", args...)
}

// tableRow is row(a, b), whose fields are named f0, f1, …
func tableRow(args []Expr) (Expr, error) {
	e, err := NewCall("ROW", args...)
	if err != nil {
		return nil, err
	}
	call := *e.(*Call)
	t := call.Bound.Result
	t.Fields = append([]types.Field(nil), t.Fields...)
	for i := range t.Fields {
		t.Fields[i].Name = "f" + strings.TrimPrefix(t.Fields[i].Name, "EXPR$")
	}
	call.Bound.Result = t
	return &call, nil
}
