package raw

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func config(t types.Type, options map[string]string) *format.Config {
	return &format.Config{Table: "t", Schema: types.NewSchema(types.F("value", t)),
		Options: connector.NewOptions("t", "raw.", options)}
}

func TestLines(t *testing.T) {
	d, err := newDecoder(config(types.String(), nil))
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("x\xff\r\n\ny\nz")
	used, err := d.Decode(data, 10)
	if err != nil || used != len(data) {
		t.Fatal(used, err)
	}
	b := d.Finish()
	var got []string
	for i := range b.Len() {
		got = append(got, b.Cols[0].Str(i))
	}
	if strings.Join(got, "|") != "x\ufffd||y|z" {
		t.Fatalf("%q", got)
	}
}

func TestEveryTypeComesBack(t *testing.T) {
	for kind, width := range widths {
		for _, order := range []string{"big-endian", "little-endian"} {
			c := config(types.Of(kind), map[string]string{"raw.endianness": order})
			d, err := newDecoder(c)
			if err != nil {
				t.Fatal(err)
			}
			in := []byte{1, 2, 3, 4, 5, 6, 7, 8}[:width]
			if kind == types.Boolean {
				in = []byte{1}
			}
			if err := d.DecodeOne(in); err != nil {
				t.Fatal(err)
			}
			if err := d.DecodeOne(append(in, 0)); err == nil {
				t.Errorf("%s of %d bytes", types.Of(kind), width+1)
			}
			e, _ := newCodec(c)
			d.rows = 1
			out, err := e.Encode(nil, d.Finish(), 0, 1, nil)
			if err != nil || string(out) != string(in) {
				t.Errorf("%s: %v, %v", types.Of(kind), out, err)
			}
		}
	}
}

func TestLatinText(t *testing.T) {
	c := config(types.String(), map[string]string{"raw.charset": "iso-8859-1"})
	d, err := newDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	d.DecodeOne([]byte{'a', 0xe9})
	b := d.Finish()
	e, _ := newCodec(c)
	out, _ := e.Encode(nil, b, 0, 1, nil)
	if b.Cols[0].Str(0) != "aé" || string(out) != "a\xe9" {
		t.Fatalf("%q %q", b.Cols[0].Str(0), out)
	}
}

func TestOneColumnOnly(t *testing.T) {
	c := config(types.String(), nil)
	c.Schema = types.NewSchema(c.Schema.Fields[0], types.F("b", types.String()))
	if _, err := newDecoder(c); err == nil || !strings.Contains(err.Error(), "has one column") {
		t.Fatal(err)
	}
}
