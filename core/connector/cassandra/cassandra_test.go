package cassandra_test

import (
	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/cassandra" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

var (
	i64, str = types.Of(types.BigInt), types.String()
	schema   = types.NewSchema(types.F("id", i64), types.F("v", str))
)

func table(port string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, Zone: "UTC", Options: map[string]string{
		"connector": "cassandra", "host": "127.0.0.1", "port": port}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

// rows of a kind: pairs of id and v, "" is NULL.
func rows(kind types.RowKind, pairs ...any) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(pairs)/2)
	var kinds []types.RowKind
	for i := 0; i < len(pairs); i += 2 {
		if n, ok := pairs[i].(int); ok {
			pairs[i] = int64(n)
		}
		batch.Append(b.Cols[0], pairs[i].(int64))
		if v := pairs[i+1].(string); v == "" {
			b.Cols[1].AppendNull()
		} else {
			b.Cols[1].AppendString(v)
		}
		kinds = append(kinds, kind)
	}
	out := b.Finish()
	out.Kinds = kinds
	return out
}
