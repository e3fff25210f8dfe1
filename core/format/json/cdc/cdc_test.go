package cdc

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/format/formattest"
)

func config(name, ddl string, options ...string) *format.Config {
	values := map[string]string{}
	for i := 0; i < len(options); i += 2 {
		values[name+"."+options[i]] = options[i+1]
	}
	return &format.Config{Table: "t", Schema: types.NewSchema(
		types.MustParse("ROW<" + ddl + ">").Fields...),
		Options: connector.NewOptions("t", name+".", values)}
}

func decode(c *format.Config, name, data string) (string, error) {
	f, err := format.Find("t", name)
	if err != nil {
		return "", err
	}
	d, err := f.NewDecoder(c)
	if err != nil {
		return "", err
	}
	for rest := []byte(data); len(rest) > 0; {
		used, err := d.Decode(rest, d.Len()+2)
		if err != nil {
			return "", err
		}
		rest = rest[used:]
	}
	return strings.Join(connectortest.Text(d.Finish()), " "), nil
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"debezium-json": {`{"before":null,"after":{"id":1,"s":"a"},"op":"c"}
{"before":{"id":1,"s":"a"},"after":{"id":1,"s":null},"op":"u"}
{"before":null,"after":{"id":2,"s":"r"},"op":"r"}
{"before":{"id":1,"s":null},"after":null,"op":"d"}`,
			"+I|1|a -U|1|a +U|1|NULL +I|2|r -D|1|NULL"},
		"ogg-json": {`{"after":{"id":1,"s":"a"},"op_type":"I"}
{"before":{"id":1,"s":"a"},"after":{"id":1,"s":"b"},"op_type":"U"}
{"before":{"id":1,"s":"b"},"op_type":"D"}`, "+I|1|a -U|1|a +U|1|b -D|1|b"},
		"maxwell-json": {`{"type":"insert","data":{"id":1,"s":"a"}}
{"type":"bootstrap-start"}
{"type":"update","data":{"id":1,"s":"b"},"old":{"s":"a"}}
{"type":"update","data":{"id":2,"s":"c"},"old":{"s":null}}
{"type":"delete","data":{"id":1,"s":"b"}}`, "+I|1|a -U|1|a +U|1|b -U|2|NULL +U|2|c -D|1|b"},
		"canal-json": {`{"type":"INSERT","data":[{"id":1,"s":"a"},{"id":2,"s":"b"}],"old":null}
{"type":"CREATE"}
{"type":"UPDATE","data":[{"id":1,"s":"x"},{"id":3,"s":"b"}],"old":[{"s":"a"},{"id":2}]}
{"type":"DELETE","data":[{"id":3,"s":"b"}]}`, "+I|1|a +I|2|b -U|1|a +U|1|x -U|2|b +U|3|b -D|3|b"},
	} {
		got, err := decode(config(name, "id INT, s STRING"), name, c.data)
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
		projected := config(name, "id INT, s STRING")
		projected.Columns = []int{1}
		got, err = decode(projected, name, c.data)
		if want := strings.NewReplacer("|1|", "|", "|2|", "|", "|3|", "|").Replace(c.want); got != want {
			t.Errorf("%s, one column: %s, %v; want %s", name, got, err, want)
		}
	}
}

func TestSchemaIncluded(t *testing.T) {
	got, err := decode(config("debezium-json", "id INT", "schema-include", "true"), "debezium-json",
		`{"schema":{"type":"struct"},"payload":{"before":null,"after":{"id":1},"op":"c"}}`)
	if err != nil || got != "+I|1" {
		t.Fatal(got, err)
	}
}

func TestMetadata(t *testing.T) {
	c := config("debezium-json", "id INT")
	c.Meta = []format.Meta{{Key: "ingestion-timestamp", Column: types.F("at", instant)},
		{Key: "source.table", Column: types.F("tb", text0)},
		{Key: "source.timestamp", Column: types.F("st", instant)}}
	got, err := decode(c, "debezium-json", `{"after":{"id":1},"op":"c","ts_ms":1500,`+
		`"source":{"table":"x","ts_ms":250}}`+"\n"+`{"after":{"id":2},"op":"c"}`)
	want := "+I|1|1970-01-01 00:00:01.500|x|1970-01-01 00:00:00.250 +I|2|NULL|NULL|NULL"
	if err != nil || got != want {
		t.Fatal(got, err)
	}
}

func TestErrorsAndTheirIgnoring(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"debezium-json": {`{"before":null,"after":{"id":1},"op":"u"}`, "REPLICA IDENTITY"},
		"ogg-json":      {`{"op_type":"T"}`, "'op_type' is not I, U or D"},
		"maxwell-json":  {`{"type":"update","data":{"id":1}}`, "'data' or 'old' is missing"},
		"canal-json":    {`{"type":"UPDATE","data":[{"id":1}],"old":[]}`, "as many rows"},
	} {
		if _, err := decode(config(name, "id INT"), name, c.data); err == nil ||
			!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.data) {
			t.Errorf("%s: %v; want %q and the record", name, err, c.want)
		}
		got, err := decode(config(name, "id INT", "ignore-parse-errors", "true"), name, c.data)
		if err != nil || got != "" {
			t.Errorf("%s ignored: %q, %v", name, got, err)
		}
	}
}

func TestCanalFilters(t *testing.T) {
	got, err := decode(config("canal-json", "id INT", "table.include", "a.*"), "canal-json",
		`{"type":"INSERT","table":"ab","data":[{"id":1}]}`+"\n"+
			`{"type":"INSERT","table":"ba","data":[{"id":2}]}`)
	if err != nil || got != "+I|1" {
		t.Fatal(got, err)
	}
}

// What an encoder writes its decoder reads: updates become a delete and an insert.
func TestRoundTrip(t *testing.T) {
	in := `{"after":{"id":1,"s":"a"},"op":"c"}
{"before":{"id":1,"s":"a"},"after":{"id":1,"s":"b"},"op":"u"}
{"before":{"id":1,"s":"b"},"op":"d"}`
	for _, name := range []string{"debezium-json", "ogg-json", "maxwell-json", "canal-json"} {
		d, err := newDecoder(config("debezium-json", "id INT, s STRING"), debezium)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decode([]byte(in), 100); err != nil {
			t.Fatal(err)
		}
		f, _ := format.Find("t", name)
		e, err := f.NewEncoder(config(name, "id INT, s STRING"))
		if err != nil {
			t.Fatal(err)
		}
		b := d.Finish()
		out, err := e.Encode(nil, b, 0, b.Len(), []byte("\n"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(config(name, "id INT, s STRING"), name, string(out))
		if want := "+I|1|a -D|1|a +I|1|b -D|1|b"; err != nil || got != want {
			t.Errorf("%s: %s, %v\n%s", name, got, err, out)
		}
	}
}

// Damaged changes are errors, or are left out; no row comes without its kind.
func TestDamagedChanges(t *testing.T) {
	for name, seed := range map[string]string{
		"debezium-json": `{"before":{"id":1,"s":"a"},"after":{"id":1,"s":null},"op":"u","ts_ms":5}`,
		"canal-json": `{"data":[{"id":"1","s":"a"}],"old":[{"s":"b"}],"type":"UPDATE","database":"d",` +
			`"table":"t"}`,
		"maxwell-json": `{"data":{"id":1,"s":"a"},"old":{"s":"b"},"type":"update","ts":5}`,
		"ogg-json":     `{"before":{"id":1,"s":"a"},"after":{"id":1,"s":"b"},"op_type":"U"}`,
	} {
		f, err := format.Find("t", name)
		if err != nil {
			t.Fatal(err)
		}
		formattest.Mutate(t, [][]byte{[]byte(seed)}, 500, func(data []byte) {
			for _, lenient := range []string{"true", "false"} {
				d, err := f.NewDecoder(config(name, "id INT, s STRING", "ignore-parse-errors", lenient))
				if err != nil {
					t.Fatal(err)
				}
				if err := d.DecodeOne(data); err != nil {
					if lenient == "true" {
						t.Fatalf("%s: %q: %v", name, data, err)
					}
					continue
				}
				n := d.Len()
				if b := d.Finish(); b.Len() != n || n > 0 && len(b.Kinds) != n {
					t.Fatalf("%s: %q: %d rows of %d, %d kinds", name, data, b.Len(), n, len(b.Kinds))
				}
			}
		})
	}
}
