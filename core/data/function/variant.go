package function

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// parseJSON makes a VARIANT of JSON text; argument 1 says whether keys may repeat (the last one
// counts then).
func parseJSON(try bool) func(c *call, i int) error {
	return func(c *call, i int) error {
		j, ok := kernel.ParseJSON(c.str(0, i))
		ok = ok && (c.has(1) && c.bool(1, i) || !j.Repeats())
		switch {
		case ok:
			c.putBytes(j.Variant().AppendJSON(nil))
		case try:
			c.putNull()
		default:
			return errs.Dataf("'%s' is not JSON, or has a key twice", c.str(0, i)).
				Fix("TRY_PARSE_JSON gives NULL instead")
		}
		return nil
	}
}

// variantAt is variant[position from 1] or variant['key'].
func variantAt(c *call, i int) error {
	j, ok := kernel.ParseJSON(string(c.bytes(0, i)))
	var v *kernel.JSON
	if ok && c.args[1].Type().IsString() {
		v = j.Get(c.str(1, i))
	} else if ok && j.Kind == kernel.JSONArray {
		if k := c.int64(1, i); k >= 1 && k <= int64(len(j.Items)) {
			v = j.Items[k-1]
		}
	}
	if v == nil {
		c.putNull()
		return nil
	}
	c.putBytes(v.AppendJSON(nil))
	return nil
}

// object is the pairs of constant names and values from argument at on.
func object(name string, args []Arg, at int) ([]types.Field, error) {
	var fields []types.Field
	for k := at; k+1 < len(args); k += 2 {
		key, ok := args[k].Text()
		if !ok {
			return nil, errs.Userf("the names of the fields of %s must be constant texts", name)
		}
		fields = append(fields, types.F(key, args[k+1].Type.WithAttr(types.NoTime)))
	}
	return fields, nil
}

// inferObjectOf binds OBJECT_OF(class, name, value, …): a ROW, as headrace has no Java classes.
func inferObjectOf(args []Arg) (Bound, error) {
	if len(args)%2 != 1 {
		return Bound{}, mismatch("OBJECT_OF", "OBJECT_OF(class[, name, value]*)", args)
	}
	fields, err := object("OBJECT_OF", args, 1)
	if err != nil {
		return Bound{}, err
	}
	return Bound{Args: argTypes(args), Result: types.RowOf(fields...).Nullable(false),
		Kernel: func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
			var values []kernel.Vec
			for k := 2; k < len(args); k += 2 {
				values = append(values, args[k])
			}
			return rowKernel(ctx, values, n, t)
		}}, nil
}

// inferObjectUpdate binds OBJECT_UPDATE(row, name, value, …).
func inferObjectUpdate(args []Arg) (Bound, error) {
	if len(args) < 3 || len(args)%2 != 1 || args[0].Type.Kind != types.Row {
		return Bound{}, mismatch("OBJECT_UPDATE", "OBJECT_UPDATE(object, name, value[, …]*)", args)
	}
	changes, err := object("OBJECT_UPDATE", args, 1)
	if err != nil {
		return Bound{}, err
	}
	t := args[0].Type
	t.Fields = append([]types.Field(nil), t.Fields...)
	from := make([]int, len(t.Fields)) // the argument a field comes from, 0: the object
	names := make([]string, len(t.Fields))
	for k, f := range changes {
		found := false
		for i := range t.Fields {
			names[i] = t.Fields[i].Name
			if t.Fields[i].Name == f.Name {
				found, from[i] = true, 2+2*k
				t.Fields[i].Type = f.Type
			}
		}
		if !found {
			return Bound{}, errs.Userf("the object has no field '%s'", f.Name).
				Fix("%s", errs.DidYouMean(f.Name, names))
		}
	}
	return Bound{Args: argTypes(args), Result: t, Kernel: strictArrays(1, func(c *call, i int) error {
		for k, a := range from {
			if a == 0 {
				c.out.Child(k).AppendFrom(c.col(0).Child(k), c.at(0, i))
			} else {
				c.out.Child(k).AppendFrom(c.col(a), c.at(a, i))
			}
		}
		c.out.AppendRow()
		return nil
	})}, nil
}

func variantFunctions() []*Scalar {
	parse := func(name, doc, example string, try bool, n nulls) *Scalar {
		f := def(Scalar{Name: name, Category: "variant", Doc: doc, Example: example,
			Syntax: name + "(text[, allow_duplicate_keys])"},
			on(str, boolean).optional(1).with(n).returns(types.Variant(), rows(parseJSON(try))))
		f.Raises = !try
		return f
	}
	return []*Scalar{
		parse("PARSE_JSON", "The text as a VARIANT, whose parts are v[1] and v['key'].",
			"JSON_STRING(ITEM(PARSE_JSON('{\"a\": [1, 2]}'), 'a')) → [1,2]", false, nullIfAny),
		parse("TRY_PARSE_JSON", "PARSE_JSON with NULL for a text that is not JSON.",
			"TRY_PARSE_JSON('{bad') IS NULL → TRUE", true, nullable),
		{Name: "OBJECT_OF", Category: "construction", Syntax: "OBJECT_OF(class[, name, value]*)",
			Doc:   "A structured value; here a row of the fields, whatever the class.",
			Infer: inferObjectOf, Example: "OBJECT_OF('C', 'a', 1) → (1)"},
		{Name: "OBJECT_UPDATE", Category: "construction",
			Syntax: "OBJECT_UPDATE(object, name, value[, name, value]*)",
			Doc:    "The structured value with other values of some fields.", Infer: inferObjectUpdate,
			Example: "OBJECT_UPDATE(OBJECT_OF('C', 'a', 1, 'b', 2), 'b', 5) → (1, 5)"},
		{Name: "SOURCE_WATERMARK", Category: "temporal", Syntax: "SOURCE_WATERMARK()",
			Doc:     "Takes over the watermarks of the source, in WATERMARK FOR.",
			Special: "it belongs to WATERMARK FOR"},
	}
}
