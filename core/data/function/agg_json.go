package function

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

var jsonAggT = types.WithPrecision(types.Varchar, 2000).Nullable(false)

// decodeOne reads an encoded value of the type from the front of src.
func decodeOne(t types.Type, src []byte) (*batch.Column, []byte, error) {
	b := batch.NewBuilder(t.Nullable(true), 1)
	rest, err := kernel.ReadValue(b, src)
	return b.Finish(), rest, err
}

// jsonAggArgs splits off the clause ON NULL that the Table API gives as the first argument.
func jsonAggArgs(args []Arg, n int, absent bool) (ts []types.Type, absent_ bool, skip int) {
	ts = argTypes(args)
	if len(args) == n+1 {
		return ts[1:], absentOnNull(args, absent), 1
	}
	return ts, absent, 0
}

func inferObjectAgg(absent bool) func([]Arg) (AggBound, error) {
	return func(args []Arg) (AggBound, error) {
		ts, absent, skip := jsonAggArgs(args, 2, absent)
		if len(ts) != 2 || !ts[0].IsString() || !kernel.CanJSON(ts[1]) {
			return AggBound{}, mismatch("JSON_OBJECTAGG", objectAggSyntax, args)
		}
		raw := isRaw(ts[1])
		b := AggBound{Args: argTypes(args), Result: jsonAggT, Splittable: true}
		b.New = func(bool) Accumulator {
			return &listAcc{t: jsonAggT, nulls: true, pairs: true, skip: skip,
				result: func(b *batch.Builder, list []string) error {
					return putObject(b, list, ts, absent, raw)
				}}
		}
		return b, nil
	}
}

func putObject(b *batch.Builder, list []string, ts []types.Type, absent, raw bool) error {
	values := map[string][]byte{}
	for _, pair := range list {
		key, rest, err := decodeOne(ts[0], []byte(pair))
		if err != nil {
			return err
		}
		value, _, err := decodeOne(ts[1], rest)
		if err != nil {
			return err
		}
		if key.IsNull(0) {
			return errs.Dataf("a key of JSON_OBJECTAGG is NULL")
		}
		if _, ok := values[string(key.Bytes(0))]; ok {
			return errs.Dataf("JSON_OBJECTAGG has the key '%s' twice", key.Bytes(0)).
				Fix("keys must be unique in a group")
		}
		if !absent || !value.IsNull(0) {
			values[string(key.Bytes(0))] = kernel.AppendValueJSON(nil, value, 0, raw)
		}
	}
	out := []byte{'{'}
	for i, k := range sortedKeys(values) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(kernel.AppendJSONText(out, k, false), ':')
		out = append(out, values[k]...)
	}
	b.AppendBytes(append(out, '}'))
	return nil
}

func inferJSONArrayAgg(absent bool) func([]Arg) (AggBound, error) {
	return func(args []Arg) (AggBound, error) {
		ts, absent, skip := jsonAggArgs(args, 1, absent)
		if len(ts) != 1 || !kernel.CanJSON(ts[0]) {
			return AggBound{}, mismatch("JSON_ARRAYAGG", arrayAggSyntax, args)
		}
		b := AggBound{Args: argTypes(args), Result: jsonAggT, Splittable: true}
		b.New = func(bool) Accumulator {
			return &listAcc{t: jsonAggT, nulls: !absent, skip: skip,
				result: func(b *batch.Builder, list []string) error {
					out := []byte{'['}
					for i, v := range list {
						value, _, err := decodeOne(ts[0], []byte(v))
						if err != nil {
							return err
						}
						if i > 0 {
							out = append(out, ',')
						}
						out = kernel.AppendValueJSON(out, value, 0, isRaw(ts[0]))
					}
					b.AppendBytes(append(out, ']'))
					return nil
				}}
		}
		return b, nil
	}
}

const (
	objectAggSyntax = "JSON_OBJECTAGG([KEY] key VALUE value [{NULL | ABSENT} ON NULL])"
	arrayAggSyntax  = "JSON_ARRAYAGG(value [{NULL | ABSENT} ON NULL])"
)

// jsonAggregates declares the default form under the plain name and the other clause with it.
func jsonAggregates() []*Aggregate {
	return []*Aggregate{
		{Name: "JSON_OBJECTAGG", Aliases: []string{"JSON_OBJECTAGG NULL ON NULL"}, Ordered: true,
			Category: "aggregate", Syntax: objectAggSyntax, Infer: inferObjectAgg(false),
			Doc:     "A JSON object of the keys and values, its keys sorted. NULLs are kept.",
			Example: "JSON_OBJECTAGG(k, v) → {\"a\":1}"},
		{Name: "JSON_OBJECTAGG ABSENT ON NULL", Category: "aggregate", Syntax: objectAggSyntax,
			Ordered: true, Infer: inferObjectAgg(true), Doc: "JSON_OBJECTAGG without NULLs."},
		{Name: "JSON_ARRAYAGG", Aliases: []string{"JSON_ARRAYAGG ABSENT ON NULL"}, Ordered: true,
			Category: "aggregate", Syntax: arrayAggSyntax, Infer: inferJSONArrayAgg(true),
			Doc: "A JSON array of the values. NULLs are left out.", Example: "JSON_ARRAYAGG(x) → [1,2]"},
		{Name: "JSON_ARRAYAGG NULL ON NULL", Category: "aggregate", Syntax: arrayAggSyntax,
			Ordered: true, Infer: inferJSONArrayAgg(false), Doc: "JSON_ARRAYAGG with NULLs."},
	}
}
