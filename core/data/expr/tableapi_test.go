package expr_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
)

func TestTableAPI(t *testing.T) {
	one := table(t, []string{"INT", "1"})
	text := expr.Text
	for _, c := range []struct {
		name string
		args []expr.Expr
		want string
	}{
		{"plus", []expr.Expr{text("ab"), text("?")}, "ab?"},
		{"plus", []expr.Expr{expr.Int(1), expr.Int(2)}, "3"},
		{"trim", []expr.Expr{text(" a ")}, "a"},
		{"trimTrailing", []expr.Expr{text("axx"), text("x")}, "a"},
		{"trim", []expr.Expr{expr.Bool(true), expr.Bool(false), text("x"), text("xax")}, "ax"},
		{"extract", []expr.Expr{must(expr.NewCast(text("2024-05-06"), types.Of(types.Date), false)),
			text("DAY")}, "6"},
		{"log", []expr.Expr{expr.Int(8), expr.Int(2)}, "3.0"},
		{"days", []expr.Expr{expr.Int(3)}, "+3 00:00:00.000"},
		{"isJson", []expr.Expr{text("{}"), text("OBJECT")}, "TRUE"},
		{"jsonQuery", []expr.Expr{text(`{"a":1}`), text("$.a"), text("UNCONDITIONAL_ARRAY"),
			text("NULL"), text("EMPTY_ARRAY")}, "[1]"},
		{"row", []expr.Expr{expr.Int(1), text("a")}, "(1, a)"},
		{"charLength", []expr.Expr{text("abc")}, "3"},
		{"regexpExtract", []expr.Expr{text("a1"), text("[0-9]")}, "1"},
		{"array_slice", []expr.Expr{expr.MustCall("ARRAY", expr.Int(1), expr.Int(2)), expr.Int(2)},
			"[2]"},
		{"ifThenElse", []expr.Expr{expr.Bool(true), text("pos"), text("neg")}, "pos"},
		{"jsonObject", []expr.Expr{text("ABSENT"), text("k"), expr.Null(types.Of(types.Int))}, "{}"},
	} {
		name, ok := function.LookupTableAPI(c.name)
		if !ok {
			t.Errorf("no %s", c.name)
			continue
		}
		e, err := expr.NewCall(name, c.args...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := eval(t, e, one); got != c.want {
			t.Errorf("%s = %s, want %s", c.name, got, c.want)
		}
	}
	row := must(expr.NewCall("$row", expr.Int(1), text("a")))
	if got := row.Type().String(); got != "ROW<`f0` INT NOT NULL, `f1` CHAR(1) NOT NULL> NOT NULL" {
		t.Errorf("row: %s", got)
	}
}

// TestTableAPINames covers the methods of PyFlink's expressions that are functions.
func TestTableAPINames(t *testing.T) {
	for _, name := range []string{"abs", "isEqual", "isLessOrEqual", "dividedBy", "power", "exp",
		"log10", "cosh", "degrees", "sign", "round", "concat", "concat_ws", "notBetween", "ifNull",
		"isNotFalse", "sum", "sum0", "firstValue", "last_value", "listAgg", "stddevSamp", "varPop",
		"collect", "arrayAgg", "bin", "unhex", "truncate", "percentile", "startsWith", "endsWith",
		"substring", "substr", "replace", "translate", "upperCase", "initCap", "like", "similar",
		"position", "lpad", "overlay", "regexp", "regexpCount", "regexpReplace", "regexpExtractAll",
		"regexpInstr", "regexpSubstr", "fromBase64", "toBase64", "ascii", "chr", "decode", "encode",
		"left", "right", "instr", "locate", "urlDecode", "inetAton", "inetNtoa", "parseUrl", "printf",
		"ltrim", "btrim", "repeat", "reverse", "splitIndex", "strToMap", "elt", "toDate",
		"toTimestamp", "floor", "ceil", "at", "cardinality", "element", "arrayAppend",
		"arrayContains", "arrayPosition", "array_sort", "arrayUnion", "arrayConcat", "array_join",
		"arrayExcept", "arrayIntersect", "split", "mapKeys", "mapUnion", "mapEntries", "mapFromArrays",
		"year", "millis", "sha2", "jsonExists", "jsonValue", "jsonQuote", "jsonUnquote", "jsonString",
		"jsonArray", "jsonObjectAgg", "jsonArrayAgg", "currentDate", "currentTimestamp", "localTime",
		"localTimestamp", "currentDatabase", "currentWatermark", "temporalOverlaps", "dateFormat",
		"timestampDiff", "array", "map", "pi", "e", "rand", "randInteger", "atan2", "uuid",
		"fromUnixtime", "unixTimestamp", "convertTz", "toTimestampLtz", "coalesce", "json", "proctime",
		"lead", "lag", "now", "currentRowTimestamp", "count", "avg", "min", "max"} {
		if _, ok := function.LookupTableAPI(name); !ok {
			t.Errorf("no %s", name)
		}
	}
	if n, ok := function.LookupTableAPI("noSuchThing"); ok {
		t.Errorf("noSuchThing is %s", n)
	}
}
