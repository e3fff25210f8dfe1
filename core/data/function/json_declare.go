package function

import (
	"strings"

	"github.com/headrace/headrace/core/data/kernel"
)

func jsonFunctions() []*Scalar {
	out := []*Scalar{
		{Name: "JSON_EXISTS", Category: "json", Raises: true, Infer: inferJSONExists,
			Syntax: "JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])",
			Doc:    "TRUE if the path gives a value.", Example: "JSON_EXISTS('{\"a\": 1}', '$.a') → TRUE"},
		{Name: "JSON_VALUE", Category: "json", Syntax: jsonValueSyntax, Raises: true,
			Infer: inferJSONValue, Doc: "The scalar at the path, as STRING or the type of RETURNING.",
			Example: "JSON_VALUE('{\"a\": 1.5}', '$.a') → 1.5"},
		{Name: "JSON_QUERY", Category: "json", Syntax: jsonQuerySyntax, Raises: true,
			Infer: inferJSONQuery, Doc: "The array or object at the path, as JSON text or as an " +
				"array of texts.", Example: "JSON_QUERY('{\"a\": [1, 2]}', '$.a') → [1,2]"},
		{Name: "JSON_OBJECT", Category: "json", Raises: true, Infer: inferJSONObject,
			Syntax:  "JSON_OBJECT([[KEY] key VALUE value]* [{NULL | ABSENT} ON NULL])",
			Doc:     "A JSON object, its keys sorted. Calls of JSON functions as values are nested.",
			Example: "JSON_OBJECT('NULL ON NULL', 'a', 1) → {\"a\":1}"},
		{Name: "JSON_ARRAY", Category: "json", Infer: inferJSONArray,
			Syntax: "JSON_ARRAY([value]* [{NULL | ABSENT} ON NULL])", Doc: "A JSON array.",
			Example: "JSON_ARRAY('NULL ON NULL', 1, 'x') → [1,\"x\"]"},
		{Name: "JSON_STRING", Category: "json", Syntax: "JSON_STRING(value)", Infer: inferJSONString,
			Doc: "The value as JSON.", Example: "JSON_STRING('a') → \"a\""},
		def(Scalar{Name: "JSON", Category: "json", Syntax: "JSON(text)", Raises: true,
			Doc:     "Marks a text as JSON that goes into JSON_OBJECT and JSON_ARRAY as it is.",
			Example: "JSON('{\"a\": 1}') → {\"a\":1}"},
			on(str).returns(kernel.JSONType(), rows(jsonNormal))),
		def(Scalar{Name: "JSON_QUOTE", Category: "string", Syntax: "JSON_QUOTE(string)",
			Doc: "The text as a JSON string in ASCII.", Example: "JSON_QUOTE('a') → \"a\""},
			on(str).returns(stringT, rows(func(c *call, i int) error {
				c.putBytes(kernel.AppendJSONText(nil, c.str(0, i), true))
				return nil
			}))),
		def(Scalar{Name: "JSON_UNQUOTE", Category: "string", Syntax: "JSON_UNQUOTE(string)",
			Doc: "The text behind a JSON string; other texts stay.", Example: "JSON_UNQUOTE('\"a\"') → a"},
			on(str).returns(stringT, rows(jsonUnquote))),
	}
	for _, what := range []string{"", "VALUE", "SCALAR", "ARRAY", "OBJECT"} {
		for _, not := range []bool{false, true} {
			name := strings.TrimSpace("IS JSON " + what)
			doc := "TRUE if the text is JSON of the kind."
			if not {
				name = strings.Replace(name, "IS", "IS NOT", 1)
				doc = "TRUE if the text is no JSON of the kind."
			}
			out = append(out, def(Scalar{Name: name, Category: "json", Syntax: "string " + name,
				Doc: doc}, on(str).with(notNull).returns(boolT, isJSON(what, not))))
		}
	}
	return out
}
