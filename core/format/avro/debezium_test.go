package avro

import (
	"slices"
	"strings"
	"testing"

	upstream "github.com/twmb/avro"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

var shop = types.NewSchema(types.F("id", types.Of(types.BigInt).Nullable(false)), types.F("name", types.String()))

func kinds(b *batch.Batch) []string {
	out := text(b)
	for i := range out {
		out[i] = b.Kind(i).String() + "|" + out[i]
	}
	return out
}

func debezium(t *testing.T, c *format.Config) *format.Format {
	t.Helper()
	f, err := format.Find("t", debeziumName)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestChangesRoundTrip(t *testing.T) {
	url, schemas := server(t)
	c := config(shop, "url", url)
	f := debezium(t, c)
	e, err := f.NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	b := batch.NewRowBuilder(shop, 4)
	for i := range 4 {
		batch.Append(b.Cols[0], int64(i))
		b.Cols[1].AppendString("n")
	}
	rows := b.Finish()
	rows.Kinds = []types.RowKind{types.Insert, types.UpdateBefore, types.UpdateAfter, types.Delete}
	records := encode(t, e, rows)
	if len(*schemas) != 1 || !strings.Contains((*schemas)[0], `"record_before"`) {
		t.Error(*schemas)
	}
	d, err := f.NewDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(records, nil) { // a tombstone is no row
		if err := d.DecodeOne(r); err != nil {
			t.Fatal(err)
		}
	}
	if got := kinds(d.Finish()); !slices.Equal(got, []string{"+I|0|n", "-D|1|n", "+I|2|n", "-D|3|n"}) {
		t.Error(got)
	}
}

// The schema that Debezium itself registers, with the names that it gives.
const envelope = `{"type": "record", "name": "Envelope", "namespace": "shop.inventory", "fields": [
	{"name": "before", "default": null, "type": ["null", {"type": "record", "name": "Value", "fields": [
		{"name": "extra", "type": "double"}, {"name": "id", "type": "long"},
		{"name": "name", "type": ["null", "string"], "default": null}]}]},
	{"name": "after", "type": ["null", "Value"], "default": null},
	{"name": "source", "type": {"type": "record", "name": "Source", "fields": [
		{"name": "version", "type": "string"}, {"name": "ts_ms", "type": "long"},
		{"name": "db", "type": "string"}, {"name": "schema", "type": ["null", "string"], "default": null},
		{"name": "table", "type": "string"}]}},
	{"name": "op", "type": "string"},
	{"name": "ts_ms", "type": ["null", "long"], "default": null}]}`

func TestChangesOfDebezium(t *testing.T) {
	url, schemas := server(t)
	*schemas = append(*schemas, envelope)
	s, err := upstream.Parse(envelope)
	if err != nil {
		t.Fatal(err)
	}
	row := func(id int64, name any) any { return map[string]any{"extra": 0.5, "id": id, "name": name} }
	record := func(op string, before, after any) []byte {
		data, err := s.Encode(map[string]any{"before": before, "after": after, "op": op,
			"ts_ms": int64(1700000000123), "source": map[string]any{"version": "3", "ts_ms": int64(5),
				"db": "inventory", "schema": nil, "table": "shops"}})
		if err != nil {
			t.Fatal(err)
		}
		return append([]byte{0, 0, 0, 0, 1}, data...)
	}
	c := config(shop, "url", url)
	c.Columns = []int{1, 0}
	for _, m := range []struct {
		key string
		t   types.Type
	}{{"source.table", types.String()}, {"ingestion-timestamp", types.WithPrecision(types.TimestampLTZ, 6)},
		{"source.schema", types.String()}, {"source.timestamp", types.WithPrecision(types.TimestampLTZ, 3)}} {
		c.Meta = append(c.Meta, format.Meta{Key: m.key, Column: types.F(m.key, m.t)})
	}
	d, err := debezium(t, c).NewDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][]byte{record("r", nil, row(1, "a")), record("u", row(1, "a"), row(1, nil)),
		record("d", row(1, nil), nil), record("c", nil, row(2, "b"))} {
		if err := d.DecodeOne(r); err != nil {
			t.Fatal(err)
		}
	}
	const meta = "|shops|2023-11-14 22:13:20.123000|NULL|1970-01-01 00:00:00.005"
	want := []string{"+I|a|1" + meta, "-U|a|1" + meta, "+U|NULL|1" + meta, "-D|NULL|1" + meta, "+I|b|2" + meta}
	if got := kinds(d.Finish()); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	for want, r := range map[string][]byte{
		"REPLICA IDENTITY":       record("u", nil, row(1, "a")),
		"lacks the row after":    record("c", nil, nil),
		"is 'x', not c, r, u":    record("x", nil, row(1, "a")),
		"ends in the middle":     record("c", nil, row(1, "a"))[:9],
		"does not begin with":    {1, 2},
		"bytes behind its end":   append(record("c", nil, row(1, "a")), 0),
		"debezium-avro-confluen": {1, 2},
	} {
		d, err := debezium(t, c).NewDecoder(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.DecodeOne(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	c.Meta[0].Key = "source.tabel"
	if _, err := debezium(t, c).NewDecoder(c); err == nil || !strings.Contains(err.Error(), "no metadata 'source.tabel'") {
		t.Error(err)
	}
	if _, err := debezium(t, c).NewDecoder(config(shop)); err == nil ||
		!strings.Contains(err.Error(), "'debezium-avro-confluent.url'") {
		t.Error(err)
	}
}
