package csv

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

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
		values["csv."+options[i]] = options[i+1]
	}
	return &format.Config{Table: "t", Schema: types.NewSchema(t.Fields...),
		Options: connector.NewOptions("t", "csv.", values)}
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

func read(t *testing.T, c *format.Config, data string) (string, error) {
	t.Helper()
	d, err := newDecoder(c)
	if err != nil {
		return "", err
	}
	for rest := []byte(data); len(rest) > 0; {
		used, err := d.Decode(rest, 1<<20)
		if err != nil {
			return "", err
		}
		rest = rest[used:]
	}
	return text(d.Finish()), nil
}

// The answers are those of Flink 2.3 on the same bytes.
func TestDecode(t *testing.T) {
	lenient := []string{"ignore-parse-errors", "true"}
	for name, c := range map[string]struct {
		ddl, data, want string
		options         []string
	}{
		"missing field ignored": {"a INT,b STRING,c STRING", "1,x\n2,y,z\n", "1|x|NULL/2|y|z", lenient},
		"bad field and row":     {"a INT,b INT", "1,1\n2,twenty\n3,4,5\n5,50\n", "1|1/2|NULL/5|50", lenient},
		"bad quotes": {"a STRING,b INT", "a,1\n\"x\"y,2\nb,3\n\"l\n\"z,4\nc,5\n\"open,6\nd,7\n",
			"a|1/b|3/c|5", lenient},
		"trailing delimiter": {"a STRING,b INT", "a,1,\nb,2\nc,3, \r\nd,4,", "a|1/b|2/c|3/d|4", nil},
		"not UTF-8": {"a STRING,b STRING", "a\xff,b\nc\xc3,\xa9d\né,😀\n",
			"NULL|b/NULL|NULL/é|😀", lenient},
		"blank line": {"a STRING", "x\n\ny\n", "x//y", nil},
		"quotes": {"a STRING,b INT", "a\"b,1\n\"x\"\"y\",2\n\"l1\nl2\",3\n\"x\" ,4",
			"a\"b|1/x\"y|2/l1\nl2|3/x|4", nil},
		"booleans, blanks": {"a BOOLEAN,b INT", "TRUE, 1\nyes,2 \n1,+3\n", "TRUE|1/FALSE|2/FALSE|3", nil},
		"line ends":        {"a STRING,b STRING", "x,y\r\nz,\"w\"\r\n", "x|y/z|w", nil},
		"comments": {"a STRING,b INT", "#c,1\nx,2\n # y,3\n", "x|2",
			[]string{"allow-comments", "true"}},
		"floats": {"a DOUBLE", "1e3\nNaN\n 2.5 \n-0.1\n.5\n123456789.123456789\n",
			"1000.0/NaN/2.5/-0.1/0.5/1.2345678912345679E8", nil},
		"escape": {"a STRING, b INT", "x\\,y,1\n\"a\\\"b\",2\n", "x,y|1/a\"b|2",
			[]string{"escape-character", "\\"}},
		"null": {"a INT,b STRING,c DOUBLE", "NA,NA,NA\n1,\"NA\",2\n", "NULL|NULL|NULL/1|NULL|2.0",
			[]string{"null-literal", "NA"}},
		"empty is null": {"a INT,b STRING,c TIMESTAMP(3)", ",,\n", "NULL|NULL|NULL",
			[]string{"null-literal", ""}},
		"times": {"a TIMESTAMP(3), b DATE, c TIME(0), d TIMESTAMP_LTZ(3)",
			"2024-02-29 12:34:56.7891,0001-01-01,23:59:59,2024-01-01 00:00:00.5Z\n",
			"2024-02-29 12:34:56.789|0001-01-01|23:59:59|2024-01-01 00:00:00.500", nil},
		"dates": {"a DATE", "2024-1-9\n2024-02-30\n2024-13-01\n2024-1-32\n24-1-1\n2024-1-+1\n-\n",
			"2024-01-09/2024-03-01/NULL/NULL/NULL/NULL/NULL", lenient},
		"decimal": {"a DECIMAL(5,2)", "1.239\n1e1\n99999\n", "1.24/10.00/NULL", nil},
		"nested": {"a ARRAY<INT>, b ROW<x INT, y STRING>, c BYTES", "1;;3,1;q,eHl6\n,;q,\n",
			"[1, NULL, 3]|(1, q)|xyz/NULL|(NULL, q)|NULL",
			[]string{"null-literal", "", "field-delimiter", ","}},
		"integers": {"a TINYINT,b BIGINT", "-128,-9223372036854775808\n127,9223372036854775807\n",
			"-128|-9223372036854775808/127|9223372036854775807", nil},
	} {
		got, err := read(t, config(c.ddl, c.options...), c.data)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, c := range map[string]struct{ ddl, data, want string }{
		"bad field": {"id INT,v INT", "1,10\n2,twenty\n",
			"malformed csv record, field 'v': 'twenty' cannot be read as INT"},
		"empty number":     {"a INT,b STRING", ",x\n", "field 'a': '' cannot be read as INT"},
		"too many":         {"a INT", "1\n2,3\n", "'2,3': 1 fields expected but there are 2"},
		"two trailing":     {"a INT", "1,,\n", "1 fields expected but there are 3"},
		"not UTF-8":        {"a INT,b STRING", "1,x\n2,y\xff\n", "field 'b': 'y\xff' is not UTF-8"},
		"too few":          {"a INT,b INT,c INT", "1,2\n", "3 fields expected but there are 2"},
		"the first of two": {"a INT,b INT", "1,1\nx,y\n2,2,2\n", "field 'a': 'x'"},
		"overflow":         {"a TINYINT", "128\n", "'128' cannot be read as TINYINT"},
		"ISO time":         {"a TIMESTAMP(3)", "2024-01-01T00:00:00\n", "cannot be read as TIMESTAMP(3)"},
		"after quote":      {"a STRING", "\"x\"y\n", "follows the closing quote"},
		"open quote":       {"a STRING", "\"x\n", "the quote is never closed"},
	} {
		_, err := read(t, config(c.ddl), c.data)
		var bad *format.RecordError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestErrorOffsetIsThatOfTheRecord(t *testing.T) {
	_, err := read(t, config("a INT"), "1\n22\nx\n")
	var bad *format.RecordError
	if !errors.As(err, &bad) || bad.Offset != 5 {
		t.Fatalf("%+v", bad)
	}
}

func TestProjectionReadsOnlyItsColumns(t *testing.T) {
	c := config("a INT,b INT,c STRING")
	c.Columns = []int{2, 0}
	got, err := read(t, c, "1,bad,x\n2,,y\n")
	if err != nil || got != "x|1/y|2" {
		t.Fatal(got, err)
	}
}

// One record is the same whatever bytes surround it in the scan's words.
func TestScanAtEveryAlignment(t *testing.T) {
	for n := range 40 {
		pad := strings.Repeat("p", n)
		got, err := read(t, config("a STRING,b STRING,c INT"),
			fmt.Sprintf("%s,\"q,%s\",1\n%s,,2\n", pad, pad, pad))
		if want := fmt.Sprintf("%s|q,%s|1/%s||2", pad, pad, pad); err != nil || got != want {
			t.Fatalf("%d: %q, %v; want %q", n, got, err, want)
		}
	}
}

// Quoted, escaped, plain and NULL fields of every length lie across the windows of the scanner.
func TestFieldsOfEveryLength(t *testing.T) {
	c := config("a STRING,b STRING,c BIGINT", "escape-character", `\`, "null-literal", "NULL")
	var data, want strings.Builder
	for n := range 200 {
		x := strings.Repeat("x", n)
		for i, f := range [][2]string{{x, x}, {`"` + x + `"`, x}, {`"` + x + `,""` + "\n\"", x + ",\"\n"},
			{x + `\,\n\\`, x + `,n\`}, {"NULL", "NULL"}, {`"" `, ""}} {
			number := strings.Repeat("9", 1+n%18)
			if i%2 == 1 {
				number = "-" + number
			}
			fmt.Fprintf(&data, "%s,%s,%s\n", f[0], x, number)
			fmt.Fprintf(&want, "%s|%s|%s/", f[1], x, number)
		}
	}
	got, err := read(t, c, data.String())
	if err != nil || got+"/" != want.String() {
		for i := range min(len(got), want.Len()) {
			if got[i] != want.String()[i] {
				t.Fatalf("%v\n%s\n%s", err, got[max(i-200, 0):i+50], want.String()[max(i-200, 0):i+50])
			}
		}
		t.Fatal(err, len(got), want.Len())
	}
}

func TestEncodeAsFlink(t *testing.T) {
	c := config("s STRING, d DOUBLE, m DECIMAL(10,2), m38 DECIMAL(38,18), ts TIMESTAMP(3), a ARRAY<INT>")
	in := "a b,1e10,100.00,0.00000012,2024-01-01 00:00:00.500,1;;3\n" +
		"\"say \"\"hi\"\"\",0.1,12.30,0,2024-01-01 00:00:00,1\n"
	in = strings.ReplaceAll(in, ";;", ";7;")
	d, err := newDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode([]byte(in), 10); err != nil {
		t.Fatal(err)
	}
	e, err := newEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Encode(nil, d.Finish(), 0, 2, []byte("\n"))
	want := "\"a b\",1.0E10,1E+2,1.2E-7,\"2024-01-01 00:00:00.5\",1;7;3\n" +
		"\"say \"\"hi\"\"\",0.1,12.3,0,\"2024-01-01 00:00:00\",1\n"
	if err != nil || string(out) != want {
		t.Fatalf("%s, %v", out, err)
	}
}

func TestFramingFindsRecordsAcrossQuotes(t *testing.T) {
	d, err := newDecoder(config("a STRING,b STRING"))
	if err != nil {
		t.Fatal(err)
	}
	f := d.Framing()
	data := []byte("a\"x,\"l1\n\"\"l2\"\nb,c\n\"open\n")
	if n := f.Last(data); n != 18 {
		t.Errorf("last record ends at %d", n)
	}
	for cut := range 18 { // from any cut the first record end is one of the two
		s := f.Scan(format.AtRecord, data[:cut])
		if n := f.First(s, data[cut:]) + cut; n != 14 && n != 18 {
			t.Errorf("cut at %d: first end at %d", cut, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("1,x,2.5,2024-01-01 00:00:00\n"), true)
	f.Add([]byte("\"a\"\"b\",\"\n\",,\r\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, lenient bool) {
		c := config("a STRING,b INT,c DOUBLE,d TIMESTAMP(3)", "ignore-parse-errors",
			fmt.Sprint(lenient))
		whole, err := read(t, c, string(data))
		d, _ := newDecoder(c)
		n := d.Framing().Last(data)
		first, err2 := read(t, c, string(data[:n]))
		if err == nil && (err2 != nil || !strings.HasPrefix(whole, first)) {
			t.Fatalf("%q and its prefix %q: %v", whole, first, err2)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	c := config("a BIGINT,b BIGINT,c BIGINT,d STRING,e STRING,f BIGINT,g DOUBLE", "null-literal", "")
	line := "5048,1008,19841,ios,https://www.nexmark.com/aaa/item.htm,1743289809880,12.5\n"
	data := []byte(strings.Repeat(line, 8192))
	b.SetBytes(int64(len(data)))
	d, err := newDecoder(c)
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

// A record that is cut or damaged never takes others with it that end before it.
func TestDamagedRecords(t *testing.T) {
	seeds := [][]byte{[]byte("1,x,2.5,2024-01-01 00:00:00\n7,y,-1,2024-01-01 00:00:00.5\n"),
		[]byte("\"a\"\"b\",3,1e5,\r\n\"\n\",,,\nz,4,NaN,2024-02-30 00:00:00\n")}
	formattest.Mutate(t, seeds, 1500, func(data []byte) {
		for _, lenient := range []string{"true", "false"} {
			c := config("a STRING,b INT,c DOUBLE,d TIMESTAMP(3)", "ignore-parse-errors", lenient)
			whole, err := read(t, c, string(data))
			d, _ := newDecoder(c)
			n := d.Framing().Last(data)
			first, err2 := read(t, c, string(data[:n]))
			if err == nil && (err2 != nil || !strings.HasPrefix(whole, first)) {
				t.Fatalf("%q and its prefix %q: %v", whole, first, err2)
			}
		}
	})
}
