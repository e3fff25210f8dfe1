package function

import (
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func isKernel(what, not bool) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, _ types.Type) (kernel.Vec, error) {
		return kernel.Is(args[0], n, what, not), nil
	}
}

func logicalFunctions() []*Scalar {
	planned := func(name, syntax, doc string) *Scalar {
		return &Scalar{Name: name, Category: "logical", Syntax: syntax, Doc: doc,
			Special: "an expression of its own"}
	}
	is := func(name, doc, example string, k Kernel) *Scalar {
		return def(Scalar{Name: name, Category: "logical", Syntax: "boolean " + name, Doc: doc,
			Example: example}, on(boolean).with(notNull).returns(boolT, k))
	}
	cond := func(name, syntax, doc, example string) *Scalar {
		return &Scalar{Name: name, Category: "conditional", Syntax: syntax, Doc: doc,
			Example: example, Special: "an expression of its own"}
	}
	return []*Scalar{
		planned("OR", "boolean1 OR boolean2", "TRUE if one is; three-valued: UNKNOWN OR TRUE is "+
			"TRUE, UNKNOWN OR FALSE is UNKNOWN."),
		planned("AND", "boolean1 AND boolean2", "TRUE if both are; three-valued: UNKNOWN AND "+
			"FALSE is FALSE, UNKNOWN AND TRUE is UNKNOWN."),
		planned("NOT", "NOT boolean", "The negation; UNKNOWN stays UNKNOWN."),
		is("IS FALSE", "TRUE if the value is FALSE.", "(1 > 2) IS FALSE → TRUE",
			isKernel(false, false)),
		is("IS NOT FALSE", "TRUE if the value is TRUE or UNKNOWN.", "(1 > 2) IS NOT FALSE → FALSE",
			isKernel(false, true)),
		is("IS TRUE", "TRUE if the value is TRUE.", "(1 < 2) IS TRUE → TRUE",
			isKernel(true, false)),
		is("IS NOT TRUE", "TRUE if the value is FALSE or UNKNOWN.", "(1 < 2) IS NOT TRUE → FALSE",
			isKernel(true, true)),
		is("IS UNKNOWN", "TRUE if the value is UNKNOWN.", "(1 < 2) IS UNKNOWN → FALSE",
			isNullKernel(false)),
		is("IS NOT UNKNOWN", "TRUE if the value is TRUE or FALSE.", "(1 < 2) IS NOT UNKNOWN → TRUE",
			isNullKernel(true)),
		cond("CASE", "CASE [value] WHEN … THEN … [ELSE …] END",
			"The result of the first branch that holds, the one of ELSE or NULL if none does. Only "+
				"that result is evaluated.", "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END → b"),
		cond("NULLIF", "NULLIF(value1, value2)", "NULL if the values are equal, else value1.",
			"NULLIF(5, 0) → 5"),
		cond("COALESCE", "COALESCE(value1 [, value2]*)", "The first value that is not NULL.",
			"COALESCE(NULL, 5) → 5"),
		cond("IF", "IF(condition, true_value, false_value)",
			"true_value if the condition is TRUE, else false_value.", "IF(5 > 3, 5, 3) → 5"),
		cond("IFNULL", "IFNULL(input, null_replacement)",
			"The replacement if the input is NULL, else the input.", "IFNULL(NULL, 5) → 5"),
	}
}
