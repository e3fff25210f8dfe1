package avro

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/avro/ocf"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/format/formattest"
)

// memory is a file in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func fileOf(data []byte) memory { return memory{bytes.NewReader(data)} }

// file writes a container of n batches of rows.
func file(t testing.TB, codec string, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := createContainer(config(every, "codec", codec), &out)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := w.Write(rows()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t testing.TB, r format.FileReader, rows int) []string {
	t.Helper()
	var out []string
	for {
		b, err := r.Next(rows)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() > rows {
			t.Fatalf("%d rows where %d were asked for", b.Len(), rows)
		}
		out = append(out, text(b)...)
	}
}

func TestContainerFiles(t *testing.T) {
	want := text(rows())
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		data := file(t, codec, 2)
		r, err := openContainer(config(every), fileOf(data), 0, math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(1); err != nil {
			t.Fatal(err)
		}
		if got := read(t, r, 2); !reflect.DeepEqual(got, append(slices.Clone(want[1:]), want...)) {
			t.Errorf("%s: %q", codec, got)
		}
		// Another implementation reads the file, and its blocks.
		other, err := ocf.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(codec, err)
		}
		n := 0
		for ; ; n++ {
			var v any
			if err := other.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(codec, err)
			}
			if m, ok := v.(map[string]any); !ok || n == 0 && m["s"] != "häß" {
				t.Fatal(codec, v)
			}
		}
		if n != 6 {
			t.Errorf("%s: the other implementation finds %d rows", codec, n)
		}
	}
}

func TestRangesOfAFileMeetAtBlocks(t *testing.T) {
	data := file(t, "deflate", 3000)
	whole, err := openContainer(config(every), fileOf(data), 0, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	want := read(t, whole, 1000)
	if len(want) != 9000 {
		t.Fatal(len(want))
	}
	size := int64(len(data))
	for _, cuts := range [][]int64{{0, size}, {0, 1, size}, {0, size / 2, size}, {0, 300, size / 3, size / 3, size},
		{0, size - 1, size, size + 5}} {
		var got []string
		parts := 0
		for i := range len(cuts) - 1 {
			r, err := openContainer(config(every), fileOf(data), cuts[i], cuts[i+1])
			if err != nil {
				t.Fatal(err)
			}
			rows := read(t, r, 1000)
			if len(rows) > 0 {
				parts++
			}
			got = append(got, rows...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d rows", cuts, len(got))
		}
		if len(cuts) == 3 && cuts[1] == size/2 && parts != 2 {
			t.Error("the file is not shared")
		}
	}
}

func TestDamagedContainers(t *testing.T) {
	data := file(t, "snappy", 1)
	open := func(data []byte) error {
		r, err := openContainer(config(every), fileOf(data), 0, math.MaxInt64)
		if err != nil {
			return err
		}
		for {
			if _, err := r.Next(10); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
	}
	flip := func(at int) []byte {
		out := bytes.Clone(data)
		out[at] ^= 0xff
		return out
	}
	for want, damaged := range map[string][]byte{
		"does not begin as one":  []byte("PAR1"),
		"header ends in the":     data[:40],
		"cut short in the block": data[:len(data)-3],
		"does not end as":        flip(len(data) - 1),
		"checksum":               flip(len(data) - markerSize - 1),
		"'xz', which is not":     bytes.Replace(data, []byte("\x0csnappy"), []byte("\x04xz"), 1),
	} {
		if err := open(damaged); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := open(data); err != nil {
		t.Error(err)
	}
}

func TestColumnsByName(t *testing.T) {
	data := file(t, "null", 1)
	schema := types.NewSchema(types.F("nothing", types.Of(types.Int)), types.F("s", types.String()),
		types.F("i", types.Of(types.BigInt)))
	c := config(schema)
	c.Columns = []int{2, 0, 1}
	r, err := openContainer(c, fileOf(data), 0, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, r, 5); !slices.Equal(got, []string{"1000000|NULL|häß", "-1000000|NULL|häß", "NULL|NULL|NULL"}) {
		t.Error(got)
	}
}

func FuzzContainer(f *testing.F) {
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		f.Add(file(f, codec, 1))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := openContainer(config(every), fileOf(data), 0, math.MaxInt64)
		if err != nil {
			return
		}
		for range 100 {
			b, err := r.Next(10)
			if err != nil {
				return
			}
			if b.Len() == 0 || b.Len() > 10 {
				t.Fatal(b.Len())
			}
		}
	})
}

func BenchmarkContainer(b *testing.B) {
	schema := types.NewSchema(types.F("id", types.Of(types.BigInt)), types.F("name", types.String()),
		types.F("price", types.Of(types.Double)))
	rows := batch.NewRowBuilder(schema, 1000)
	for i := range 1000 {
		batch.Append(rows.Cols[0], int64(i))
		rows.Cols[1].AppendString(fmt.Sprint("name ", i))
		batch.Append(rows.Cols[2], float64(i)/2)
	}
	var out bytes.Buffer
	w, err := createContainer(config(schema), &out)
	if err != nil {
		b.Fatal(err)
	}
	one := rows.Finish()
	for range 100 {
		if err := w.Write(one); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	for b.Loop() {
		r, err := openContainer(config(schema), fileOf(out.Bytes()), 0, math.MaxInt64)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next(8192)
		}
	}
}

func TestDamagedData(t *testing.T) {
	c := config(every)
	e, err := newEncoder(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	formattest.Mutate(t, encode(t, e, rows()), 500, func(data []byte) {
		d, err := newDecoder(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d.DecodeOne(data) == nil && d.Finish().Len() != 1 {
			t.Fatal("a record is a row")
		}
	})
	seeds := [][]byte{file(t, "null", 1), file(t, "deflate", 1), file(t, "snappy", 1), file(t, "zstandard", 1)}
	formattest.Mutate(t, seeds, 150, func(data []byte) {
		r, err := openContainer(c, fileOf(data), 0, math.MaxInt64)
		for err == nil {
			_, err = r.Next(10)
		}
	})
}
