package arrow

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

var schema = types.NewSchema(types.F("i", types.Of(types.Int)), types.F("v", types.String()),
	types.F("a", types.ArrayOf(types.Of(types.BigInt))))

func config(options map[string]string) *format.Config {
	return &format.Config{Table: "t", Schema: schema, Options: connector.NewOptions("t", "", options)}
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

func rows(from, to int) *batch.Batch {
	b := batch.NewRowBuilder(schema, to-from)
	for i := from; i < to; i++ {
		batch.Append(b.Cols[0], int32(i))
		if i%3 == 0 {
			b.Cols[1].AppendNull()
		} else {
			b.Cols[1].AppendString(fmt.Sprint("v", i))
		}
		batch.Append(b.Cols[2].Child(0), int64(i))
		b.Cols[2].CloseList()
	}
	return b.Finish()
}

func file(t testing.TB, compression string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := create(config(map[string]string{"compression": compression}), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*batch.Batch{rows(0, 5), rows(5, 7)} {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTripAndSkip(t *testing.T) {
	want := append(connectortest.Text(rows(0, 5)), connectortest.Text(rows(5, 7))...)
	for _, compression := range []string{"NONE", "LZ4", "ZSTD"} {
		data := file(t, compression)
		for n := range 8 {
			r, err := open(config(nil), inMemory{bytes.NewReader(data)}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Skip(int64(n)); err != nil {
				t.Fatal(err)
			}
			var got []string
			for {
				b, err := r.Next(2)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, connectortest.Text(b)...)
			}
			if !slices.Equal(got, want[n:]) {
				t.Errorf("%s behind %d rows: %q", compression, n, got)
			}
		}
	}
}

// Damage inside of the metadata is beyond this: the library allocates what lengths there say.
func TestFilesThatAreCutShort(t *testing.T) {
	for _, compression := range []string{"NONE", "LZ4", "ZSTD"} {
		data := file(t, compression)
		for n := range len(data) - 1 {
			if r, err := open(config(nil), inMemory{bytes.NewReader(data[:n])}, 0); err == nil {
				if _, err = r.Next(10); err == nil {
					t.Fatalf("%s: %d of %d bytes are read as a file", compression, n, len(data))
				}
			}
		}
	}
}
