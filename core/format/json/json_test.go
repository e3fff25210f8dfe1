package json

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/format/formattest"
)

func config(ddl string, options ...string) *format.Config {
	t := types.MustParse("ROW<" + ddl + ">")
	values := map[string]string{}
	for i := 0; i < len(options); i += 2 {
		values["json."+options[i]] = options[i+1]
	}
	return &format.Config{Table: "t", Schema: types.NewSchema(t.Fields...),
		Options: connector.NewOptions("t", "json.", values)}
}

func decode(c *format.Config, data string) (*batch.Batch, error) {
	d, err := NewDecoder(c, "json")
	if err != nil {
		return nil, err
	}
	for rest := []byte(data); len(rest) > 0; {
		used, err := d.Decode(rest, 1<<20)
		if err != nil {
			return nil, err
		}
		rest = rest[used:]
	}
	return d.Finish(), nil
}

func text(b *batch.Batch) string {
	var rows []string
	for r := range b.Len() {
		var cells []string
		for _, c := range b.Cols {
			cells = append(cells, string(kernel.AppendText(nil, c, r, nil)))
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return strings.Join(rows, "/")
}

// The answers are those of Flink 2.3 on the same bytes, where it can collect them.
func TestDecode(t *testing.T) {
	lenient := []string{"ignore-parse-errors", "true"}
	for name, c := range map[string]struct {
		ddl, data, want string
		options         []string
	}{
		"conversions": {"a INT, b STRING, c BOOLEAN, d DECIMAL(5,2)",
			`{"a":"12","b":5,"c":"true","d":"1.239"}` + "\n" +
				`{"a":1.7,"b":{"x": 1},"c":true,"d":1e1}` + "\n" + `{"A":3,"b":[1, 2],"a":null}` + "\n\n",
			`12|5|TRUE|1.24/1|{"x":1}|TRUE|10.00/NULL|[1,2]|NULL|NULL`, nil},
		"errors ignored": {"a INT, b STRING",
			`{"a":"x","b":"y"}` + "\n[1]\nnull\n" + `{"a":3}` + "\n" + `{"a":` + "\n", "NULL|y/3|NULL", lenient},
		"byte order mark": {"a INT", "\ufeff" + `{"a":1}` + "\n" + `{"a":2}`, "1/2", nil},
		"not UTF-8":       {"a STRING", `{"a":"x` + "\xff\"}\n" + `{"a":"é"}`, "é", lenient},
		"comma behind":    {"a INT", `{"a":1},` + "\n" + `{"a":2} , `, "1/2", nil},
		"more behind":     {"a INT", `{"a":1} x` + "\n" + `{"a":2}{"a":3}`, "1/2", lenient},
		"ISO": {"a TIMESTAMP(3), t TIME(0), d DATE, y BYTES",
			`{"a":"2024-01-01T00:00:00.123","t":"10:00:00","d":"2024-01-01","y":"eHl6"}`,
			"2024-01-01 00:00:00.123|10:00:00|2024-01-01|xyz",
			[]string{"timestamp-format.standard", "ISO-8601"}},
		"array of objects": {"a INT", `[{"a":1},{"a":2}]`, "1/2", nil},
		"out of range":     {"a INT, b TINYINT", `{"a":3000000000,"b":300}`, "NULL|NULL", lenient},
		"nested": {"r ROW<x INT, y ROW<z STRING>>, a ARRAY<INT>, m MAP<STRING, DOUBLE>",
			`{"a":[1,null,-3],"r":{"y":{"z":"q","z":"w"},"q":[{}]},"m":{"k":1,"n":null}} `,
			"(NULL, (w))|[1, NULL, -3]|{k=1.0, n=NULL}", nil},
		"escapes": {"s STRING", `{"s":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00x"}`,
			"a\"\\/\b\f\n\r\té😀x", nil},
		"the last of equal keys": {"a INT, b INT", `{"a":1,"b":2,"a":3}`, "3|2", nil},
		"equal keys of a map": {"m MAP<STRING, INT>", `{"m":{"a":1,"b":2,"a":3}}`,
			"{a=3, b=2}", nil},
		"many equal keys of a map": {"m MAP<STRING, INT>", `{"m":{` +
			`"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":0,"k":1,"l":2,"m":3,"n":4,` +
			`"o":5,"p":6,"q":7,"r":8,"a":9,"\u0062":8,"r":7,"o":6}}`,
			"{a=9, b=8, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=0, k=1, l=2, m=3, n=4, o=6, p=6, " +
				"q=7, r=7}", nil},
		"escaped key": {"a INT", `{"\u0061":1}`, "1", nil},
		"instant":     {"l TIMESTAMP_LTZ(3)", `{"l":"2038-01-19 03:14:08.999Z"}`, "2038-01-19 03:14:08.999", nil},
		"numbers": {"a DOUBLE, b FLOAT, c BIGINT", `{"a":-1.5e-7,"b":"3.25","c":-9223372036854775808}`,
			"-1.5E-7|3.25|-9223372036854775808", nil},
	} {
		b, err := decode(config(c.ddl, c.options...), c.data)
		if err != nil || text(b) != c.want {
			t.Errorf("%s: %v, %v; want %s", name, b, err, c.want)
			if b != nil {
				t.Log(text(b))
			}
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	strict := []string{"fail-on-missing-field", "true"}
	for _, c := range []struct {
		ddl, data, want string
		options         []string
	}{
		{"a INT", `{"a":"x"}`, "field 'a': '\"x\"' cannot be read as INT", nil},
		{"a INT, b INT", `{"a":1}`, "field 'b': '' is missing from the record", strict},
		{"r ROW<x ROW<y INT>>", `{"r":{"x":{"y":true}}}`, "field 'r.x.y'", nil},
		{"a INT", `{"a":`, "the record ends in the middle", nil},
		{"a INT", `{"a":1} x`, "something follows", nil},
		{"a INT", `{"a":01}`, "leading zero", nil},
		{"a INT", `{"a":1,}`, "a field name is expected", nil},
		{"a INT", `{"b":"\x"}`, "unknown escape", nil},
		{"a INT", `{"a":"twenty"}` + "\n{", "twenty", nil},
		{"a STRING", `{"a":"é"}` + "\n" + `{"a":"x` + "\xc3\"}", "it is not UTF-8", nil},
		{"a INT", `5`, "an object is expected", nil},
		{"a INT", `{"b":` + strings.Repeat("[", 2000), "nested too deep", nil},
		{"a TIMESTAMP(3)", `{"a":"2024-01-01T00:00:00"}`, "cannot be read as TIMESTAMP(3)", nil},
	} {
		_, err := decode(config(c.ddl, c.options...), c.data)
		var bad *format.RecordError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.data[:min(len(c.data), 40)], err, c.want)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for want, c := range map[string]*format.Config{
		"shouldn't both be true": config("a INT", "ignore-parse-errors", "true",
			"fail-on-missing-field", "true"),
		"one of SQL, ISO-8601": config("a INT", "timestamp-format.standard", "x"),
		"keys of a MAP":        config("a MAP<INT, INT>"),
	} {
		if _, err := NewDecoder(c, "json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

// The lines are what Flink 2.3 writes.
func TestEncodeAsFlink(t *testing.T) {
	ddl := "f FLOAT, d DOUBLE, m DECIMAL(10,2), s STRING, tm TIME(0), ts TIMESTAMP(3), " +
		"l TIMESTAMP_LTZ(3), y BYTES, a ARRAY<INT>, mp MAP<STRING,INT>, r ROW<x INT, y STRING>"
	in := `{"f":1e-5,"d":0.1,"m":100.00,"s":"say \"hi\", ok\nnext 😀","tm":"10:00:01",` +
		`"ts":"2024-01-01 00:00:00.500","l":"2024-01-01 00:00:00.250Z","y":"eHl6","a":[1,null],` +
		`"mp":{"k":1},"r":{"x":null,"y":"q;r"}}` + "\n{}"
	for _, c := range []struct {
		options []string
		want    string
	}{
		{nil, `{"f":1.0E-5,"d":0.1,"m":1E+2,"s":"say \"hi\", ok\nnext \uD83D\uDE00","tm":"10:00:01",` +
			`"ts":"2024-01-01 00:00:00.5","l":"2024-01-01 00:00:00.25Z","y":"eHl6","a":[1,null],` +
			`"mp":{"k":1},"r":{"x":null,"y":"q;r"}}` + "\n" +
			`{"f":null,"d":null,"m":null,"s":null,"tm":null,"ts":null,"l":null,"y":null,"a":null,` +
			`"mp":null,"r":null}` + "\n"},
		{[]string{"encode.decimal-as-plain-number", "true", "encode.ignore-null-fields", "true"},
			`{"f":1.0E-5,"d":0.1,"m":100.00,"s":"say \"hi\", ok\nnext \uD83D\uDE00","tm":"10:00:01",` +
				`"ts":"2024-01-01 00:00:00.5","l":"2024-01-01 00:00:00.25Z","y":"eHl6","a":[1,null],` +
				`"mp":{"k":1},"r":{"y":"q;r"}}` + "\n{}\n"},
	} {
		b, err := decode(config(ddl), in)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEncoder(config(ddl, c.options...))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Encode(nil, b, 0, b.Len(), []byte("\n"))
		if err != nil || string(out) != c.want {
			t.Errorf("%s, %v\nwant %s", out, err, c.want)
		}
	}
}

// An independent implementation agrees on what is JSON.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"a":"x\u00e9\n","b":[1,{"c":null}]}`))
	f.Add([]byte(`{"a":-0.5e+7, "b" : true }`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.ContainsAny(string(data), "\n") || len(data) == 0 || data[0] != '{' {
			return
		}
		_, err := decode(config("a STRING"), string(data))
		ok := stdjson.Valid(data)
		if ok != (err == nil) && !hasControl(data) {
			t.Fatalf("%q: %v, valid %v", data, err, ok)
		}
	})
}

// hasControl: raw control characters in strings are let through, as Jackson may be told to.
func hasControl(data []byte) bool {
	for _, c := range data {
		if c < ' ' {
			return true
		}
	}
	return false
}

func BenchmarkDecode(b *testing.B) {
	c := config("auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, " +
		"`dateTime` TIMESTAMP(3), extra STRING")
	line := `{"auction":5048,"bidder":1008,"price":19841,"channel":"Google",` +
		`"url":"https://www.nexmark.com/abo/ybn/item.htm?query=1","dateTime":"2025-03-29 23:10:09.880",` +
		`"extra":"ipkrhzlmfakncebkelxe"}` + "\n"
	data := []byte(strings.Repeat(line, 4096))
	b.SetBytes(int64(len(data)))
	d, err := NewDecoder(c, "json")
	if err != nil {
		b.Fatal(err)
	}
	cpu := spent()
	for b.Loop() {
		if _, err := d.Decode(data, 1<<20); err != nil {
			b.Fatal(err)
		}
		d.Finish()
	}
	b.ReportMetric(float64(len(data))*float64(b.N)/1e6/(spent()-cpu).Seconds(), "MB/cpu-s")
}

// spent is the processor time of this process: on a busy machine the clock says nothing.
func spent() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func ExampleDecoder() {
	b, err := decode(config("a INT"), `{"a":1}`)
	fmt.Println(text(b), err)
	// Output: 1 <nil>
}

// An independent implementation agrees on damaged records too.
func TestDamagedRecords(t *testing.T) {
	seeds := [][]byte{[]byte(`{"a":"x\u00e9\n\ud83d\ude00","b":[1,{"c":null}],"n":-0.5e+7, "t" : true }`),
		[]byte(`{"r":{"x":1,"y":["p","q"]},"a":"2024-01-02 03:04:05.678","n":12345678901234567890}`)}
	formattest.Mutate(t, seeds, 1500, func(data []byte) {
		if len(data) == 0 || data[0] != '{' || hasControl(data) {
			return
		}
		valid := stdjson.Valid(data) && utf8.Valid(data)
		if _, err := decode(config("a STRING"), string(data)); valid != (err == nil) {
			t.Fatalf("%q: %v, valid %v", data, err, valid)
		}
		for _, lenient := range []string{"true", "false"} {
			_, err := decode(config("a TIMESTAMP(3), n DOUBLE, r ROW<x INT, y ARRAY<STRING>>",
				"ignore-parse-errors", lenient), string(data))
			if err != nil && lenient == "true" {
				t.Fatalf("%q: %v", data, err)
			}
		}
	})
}
