package function

import (
	"strings"
	"unicode"
)

// tableAPI maps the names of Table API calls to SQL names where they differ in more than style:
// any other name is found by writing it in capitals with underscores ("charLength" is
// CHAR_LENGTH) or in capitals alone ("toBase64" is TO_BASE64).
var tableAPI = map[string]string{
	"plus": "+", "minus": "-", "times": "*", "divide": "/", "mod": "%", "minusPrefix": "unary -",
	"equals": "=", "notEquals": "<>", "greaterThan": ">", "greaterThanOrEqual": ">=",
	"lessThan": "<", "lessThanOrEqual": "<=", "and": "AND", "or": "OR", "not": "NOT",
	"isNull": "IS NULL", "isNotNull": "IS NOT NULL", "isTrue": "IS TRUE",
	"isFalse": "IS FALSE", "isNotTrue": "IS NOT TRUE", "isNotFalse": "IS NOT FALSE",
	"between": "BETWEEN", "notBetween": "NOT BETWEEN", "ifThenElse": "IF", "ifNull": "IFNULL",
	"like": "LIKE", "similar": "SIMILAR TO", "at": "ITEM", "cardinality": "CARDINALITY",
	"array": "ARRAY", "map": "MAP", "row": "ROW", "stddevPop": "STDDEV_POP",
	"stddevSamp": "STDDEV_SAMP", "varPop": "VAR_POP", "varSamp": "VAR_SAMP", "sum0": "SUM0",
	"distinct": "DISTINCT", "get": "GET", "proctime": "PROCTIME", "isJson": "IS JSON",
	"isDistinctFrom": "IS DISTINCT FROM", "isNotDistinctFrom": "IS NOT DISTINCT FROM",
}

// LookupTableAPI gives the SQL name of a Table API call.
func LookupTableAPI(name string) (string, bool) {
	if sql, ok := tableAPI[name]; ok {
		return sql, true
	}
	for _, try := range []string{snake(name), strings.ToUpper(name)} {
		if _, ok := scalars[try]; ok {
			return try, true
		}
		if _, ok := aggs[try]; ok {
			return try, true
		}
	}
	return "", false
}

// snake writes camelCase in capitals with underscores.
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
