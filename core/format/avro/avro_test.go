package avro

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"
	upstream "github.com/twmb/avro"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func config(schema *types.Schema, options ...string) *format.Config {
	values := map[string]string{}
	for i := 0; i < len(options); i += 2 {
		values[options[i]] = options[i+1]
	}
	return &format.Config{Table: "t", Schema: schema, Options: connector.NewOptions("t", "", values),
		Subject: "in-value"}
}

// every has each type that Avro holds.
var every = types.NewSchema(types.F("b", types.Of(types.Boolean)), types.F("i", types.Of(types.Int)),
	types.F("l", types.Of(types.BigInt).Nullable(false)), types.F("f", types.Of(types.Float)),
	types.F("d", types.Of(types.Double)), types.F("s", types.String()),
	types.F("y", types.Of(types.Varbinary)), types.F("m", types.DecimalOf(20, 3)),
	types.F("day", types.Of(types.Date)), types.F("t", types.WithPrecision(types.Time, 3)),
	types.F("ts", types.WithPrecision(types.Timestamp, 6)),
	types.F("a", types.ArrayOf(types.Of(types.Int))),
	types.F("h", types.MapOf(types.String(), types.Of(types.BigInt))),
	types.F("r", types.RowOf(types.F("x", types.Of(types.Int)), types.F("z", types.String()))))

func rows() *batch.Batch {
	b := batch.NewRowBuilder(every, 2)
	for _, sign := range []int64{1, -1} {
		b.Cols[0].AppendBool(sign > 0)
		batch.Append(b.Cols[1], int32(sign*1_000_000))
		batch.Append(b.Cols[2], sign<<40)
		batch.Append(b.Cols[3], float32(sign)*0.5)
		batch.Append(b.Cols[4], float64(sign)*0.1)
		b.Cols[5].AppendString("häß")
		b.Cols[6].AppendBytes([]byte{0, 255})
		batch.Append(b.Cols[7], decimal128.FromI64(sign*123456789))
		batch.Append(b.Cols[8], int32(sign*19000))
		batch.Append(b.Cols[9], int32(45296789))
		batch.Append(b.Cols[10], sign*1700000000123456)
		batch.Append(b.Cols[11].Child(0), int32(sign))
		b.Cols[11].Child(0).AppendNull()
		b.Cols[11].CloseList()
		b.Cols[12].Child(0).AppendString("k")
		batch.Append(b.Cols[12].Child(1), sign)
		b.Cols[12].CloseList()
		batch.Append(b.Cols[13].Child(0), int32(sign))
		b.Cols[13].Child(1).AppendNull()
		b.Cols[13].AppendRow()
	}
	for i, c := range b.Cols {
		if i == 2 {
			batch.Append(c, int64(0))
		} else {
			c.AppendNull()
		}
	}
	return b.Finish()
}

func text(b *batch.Batch) []string {
	out := make([]string, b.Len())
	for i := range out {
		var cells []string
		for _, c := range b.Cols {
			cells = append(cells, string(kernel.AppendText(nil, c, i, nil)))
		}
		out[i] = strings.Join(cells, "|")
	}
	return out
}

// encode gives the record of each row.
func encode(t testing.TB, e format.Encoder, b *batch.Batch) [][]byte {
	t.Helper()
	var out [][]byte
	for i := range b.Len() {
		r, err := e.Encode(nil, b, i, i+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func decode(t testing.TB, d format.Decoder, records [][]byte) []string {
	t.Helper()
	for _, r := range records {
		if err := d.DecodeOne(r); err != nil {
			t.Fatal(err)
		}
	}
	return text(d.Finish())
}

func TestRoundTripAndAnotherImplementation(t *testing.T) {
	c := config(every)
	e, err := newEncoder(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDecoder(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := rows()
	records := encode(t, e, b)
	if got, want := decode(t, d, records), text(b); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	// The other implementation reads the records, and what it writes is read again.
	s, err := upstream.Parse(e.text)
	if err != nil {
		t.Fatal(err)
	}
	var again [][]byte
	for _, r := range records {
		var v any
		if rest, err := s.Decode(r, &v); err != nil || len(rest) > 0 {
			t.Fatal(rest, err)
		}
		w, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, w)
	}
	if got, want := decode(t, d, again), text(b); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// server is a schema registry.
func server(t testing.TB) (url string, schemas *[]string) {
	var mu sync.Mutex
	list := &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var id int
		switch _, err := fmt.Sscanf(r.URL.Path, "/schemas/ids/%d", &id); {
		case r.URL.Path == "/subjects/in-value/versions" && r.Method == http.MethodPost:
			body, _ := io.ReadAll(r.Body)
			var in struct{ Schema string }
			if json.Unmarshal(body, &in) != nil {
				w.WriteHeader(http.StatusUnprocessableEntity)
				return
			}
			*list = append(*list, in.Schema)
			fmt.Fprintf(w, `{"id": %d}`, len(*list))
		case err == nil && id >= 1 && id <= len(*list):
			answer, _ := json.Marshal(map[string]string{"schema": (*list)[id-1]})
			w.Write(answer)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code": 40403, "message": "Schema not found"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, list
}

func TestConfluentEvolution(t *testing.T) {
	url, schemas := server(t)
	old := types.NewSchema(types.F("gone", types.ArrayOf(types.String())), types.F("n", types.Of(types.Int)))
	now := types.NewSchema(types.F("n", types.Of(types.BigInt)), types.F("added", types.String()))
	f, err := format.Find("t", "avro-confluent")
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.NewEncoder(config(old, "url", url))
	if err != nil {
		t.Fatal(err)
	}
	b := batch.NewRowBuilder(old, 1)
	b.Cols[0].Child(0).AppendString("x")
	b.Cols[0].CloseList()
	batch.Append(b.Cols[1], int32(7))
	records := encode(t, e, b.Finish())
	if len(*schemas) != 1 || string(records[0][:5]) != "\x00\x00\x00\x00\x01" {
		t.Fatal(*schemas, records)
	}
	d, err := f.NewDecoder(config(now, "url", url))
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, d, records); !reflect.DeepEqual(got, []string{"7|NULL"}) {
		t.Error(got)
	}
	for _, x := range []struct{ record, want string }{
		{"abc", "id of a schema"}, {"\x00\x00\x00\x00\x09", "404"},
		{"\x00\x00\x00\x00\x01\x02", "ends in the middle"},
	} {
		if err := d.DecodeOne([]byte(x.record)); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Error(x.record, err)
		}
	}
}

func TestTypesThatDoNotFit(t *testing.T) {
	_, err := newEncoder(config(types.NewSchema(types.F("x", types.WithPrecision(types.Timestamp, 9)))), nil)
	if err == nil || !strings.Contains(err.Error(), "column 'x': format avro cannot hold TIMESTAMP(9)") {
		t.Error(err)
	}
	d, err := newDecoder(config(types.NewSchema(types.F("x", types.Of(types.Int)))), nil)
	if err != nil {
		t.Fatal(err)
	}
	root, err := parse(`{"type": "record", "name": "r", "fields": [{"name": "x", "type": "string"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	d.own = d.program(root)
	if err := d.DecodeOne([]byte("\x02a")); err == nil ||
		!strings.Contains(err.Error(), "field 'x'") || !strings.Contains(err.Error(), "string") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	c := config(every)
	e, err := newEncoder(c, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range encode(f, e, rows()) {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := newDecoder(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d.DecodeOne(data) == nil && d.Finish().Len() != 1 {
			t.Error("a record is a row")
		}
	})
}
