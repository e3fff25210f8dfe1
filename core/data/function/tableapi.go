package function

import (
	"strings"
	"unicode"
)

// tableNames are the Table API's names that are not the SQL name in another spelling. Names with
// a $ are the forms whose arguments come in another order or stand for something else; expr builds
// them.
var tableNames = map[string]string{
	"plus": "$plus", "minus": "-", "times": "*", "divide": "/", "dividedBy": "/", "mod": "%",
	"minusPrefix": "unary -", "negative": "unary -", "plusPrefix": "unary +",
	"equals": "=", "isEqual": "=", "notEquals": "<>", "isNotEqual": "<>",
	"lessThan": "<", "isLess": "<", "lessThanOrEqual": "<=", "isLessOrEqual": "<=",
	"greaterThan": ">", "isGreater": ">", "greaterThanOrEqual": ">=", "isGreaterOrEqual": ">=",
	"isNull": "IS NULL", "isNotNull": "IS NOT NULL", "isTrue": "IS TRUE", "isFalse": "IS FALSE",
	"isNotTrue": "IS NOT TRUE", "isNotFalse": "IS NOT FALSE", "isJson": "$isJson",
	"between": "BETWEEN", "notBetween": "NOT BETWEEN", "like": "LIKE", "similar": "SIMILAR TO",
	"ifThenElse": "CASE", "then": "CASE", "upperCase": "UPPER", "lowerCase": "LOWER",
	"trim": "$trim", "trimLeading": "$trimLeading", "trimTrailing": "$trimTrailing",
	"extract": "$extract", "log": "$log", "toDate": "TO_DATE", "toTime": "$toTime",
	"temporalOverlaps": "OVERLAPS", "stddevPop": "STDDEV_POP", "stddevSamp": "STDDEV_SAMP",
	"sum0": "SUM0", "at": "[]", "get": "GET", "row": "$row", "distinct": "DISTINCT",
	"jsonQuery": "$jsonQuery", "jsonObjectAgg": "JSON_OBJECTAGG", "jsonArrayAgg": "JSON_ARRAYAGG",
	"objectOf": "OBJECT_OF",
	"year":     "$YEAR", "years": "$YEAR", "quarter": "$QUARTER", "quarters": "$QUARTER",
	"month": "$MONTH", "months": "$MONTH", "week": "$WEEK", "weeks": "$WEEK",
	"day": "$DAY", "days": "$DAY", "hour": "$HOUR", "hours": "$HOUR",
	"minute": "$MINUTE", "minutes": "$MINUTE", "second": "$SECOND", "seconds": "$SECOND",
	"milli": "$MILLISECOND", "millis": "$MILLISECOND", "atan2": "ATAN2", "log10": "LOG10",
	"log2": "LOG2", "sha1": "SHA1", "sha2": "SHA2", "sha224": "SHA224", "sha256": "SHA256",
	"sha384": "SHA384", "sha512": "SHA512", "md5": "MD5",
}

// LookupTableAPI returns the name under which expr.NewCall, LookupAggregate or LookupWindow knows
// a function of the Table API ("charLength", "regexpReplace", "firstValue", "array_slice"). Their
// arguments come in the order of the Table API's method, the expression itself first. "GET" and
// "DISTINCT" are the caller's own.
func LookupTableAPI(name string) (string, bool) {
	if n, ok := tableNames[name]; ok {
		return n, true
	}
	for _, n := range []string{snake(name), strings.ToUpper(name)} {
		if known(n) {
			return n, true
		}
	}
	return "", false
}

func known(name string) bool {
	_, scalar := scalars[name]
	_, agg := aggs[name]
	_, window := windows[name]
	return scalar || agg || window
}

// snake turns charLength into CHAR_LENGTH.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
