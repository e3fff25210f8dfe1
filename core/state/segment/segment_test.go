package segment_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

var header = segment.Header{Columns: []state.ColumnInfo{{Name: "a", Type: "t"}, {Name: "b"}},
	KeyVersion: state.KeyVersion}

// write makes a file of records that are written as in parse.
func write(t *testing.T, text ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := segment.NewWriter(&buf, header)
	for _, s := range text {
		must(t, w.Add(parse(s)))
	}
	must(t, w.Close())
	return buf.Bytes()
}

// parse reads "group key entry…": an entry is "0=v", "0+d" for a delta of column 0; "dead" alone.
func parse(s string) segment.Record {
	f := strings.Fields(s)
	var r segment.Record
	fmt.Sscan(f[0], &r.Group)
	r.Key = []byte(f[1])
	for _, e := range f[2:] {
		if e == "dead" {
			r.Dead = true
			continue
		}
		r.Body = segment.AppendEntry(r.Body, int(e[0]-'0'), e[1] == '+', []byte(e[2:]))
	}
	return r
}

func format(r segment.Record) string {
	s := fmt.Sprintf("%d %s", r.Group, r.Key)
	if r.Dead {
		s += " dead"
	}
	for body := r.Body; ; {
		column, delta, v, rest, ok := segment.NextEntry(body)
		if !ok {
			return s
		}
		s += fmt.Sprintf(" %d%c%s", column, map[bool]rune{true: '+', false: '='}[delta], v)
		body = rest
	}
}

func read(t *testing.T, src segment.Source) string {
	t.Helper()
	var out []string
	for src.Next() {
		out = append(out, format(src.Record()))
	}
	must(t, src.Err())
	return strings.Join(out, "; ")
}

func open(data []byte) (*segment.Reader, error) {
	m := fsys.NewMem()
	w, err := m.Create("/f")
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	r, err := m.Open("/f")
	if err != nil {
		return nil, err
	}
	return segment.Open("f", r)
}

func TestMerge(t *testing.T) {
	files := [][]string{ // oldest first
		{"1 a 0=x 1=y", "1 b 0=x", "2 c 0=x", "2 d 0=x 1=base", "3 e 0=x", "3 f 1=base"},
		{"1 a 0=new", "1 b dead", "2 d 0=x 1+one", "3 e dead", "3 f 1+one"},
		{"0 z 0=z", "1 b 0=again", "2 d 0=x 1+two 1+three", "3 f dead", "3 g 1+lone"},
		{"3 f 1+after"},
	}
	var sources []segment.Source
	for _, f := range files {
		r, err := open(write(t, f...))
		must(t, err)
		sources = append(sources, r.Iter(state.GroupRange{To: 4}))
	}
	want := "0 z 0=z; 1 a 0=new; 1 b 0=again; 2 c 0=x; 2 d 0=x 1=base 1+one 1+two 1+three; " +
		"3 e dead; 3 f 1+after; 3 g 1+lone"
	if got := read(t, segment.NewMerge(sources)); got != want {
		t.Fatalf("merged:\n %s\nwant\n %s", got, want)
	}
}

func TestRangesAndColumns(t *testing.T) {
	var text []string
	for g := range 50 {
		for k := range 100 {
			text = append(text, fmt.Sprintf("%d key%02d 0=%s 1=b", g, k, strings.Repeat("v", 40)))
		}
	}
	r, err := open(write(t, text...))
	must(t, err)
	if r.Records != 5000 {
		t.Fatalf("%d records", r.Records)
	}
	for from := range 50 {
		it := r.Iter(state.GroupRange{From: from, To: min(from+7, 50)})
		n := 0
		for it.Next() {
			if got := format(it.Record()); got != text[100*from+n] {
				t.Fatalf("group %d: record %d is %s", from, n, got)
			}
			n++
		}
		if n != 100*(min(from+7, 50)-from) {
			t.Fatalf("%d records from group %d on", n, from)
		}
	}
	one := segment.Recolumn(r.Iter(state.GroupRange{From: 49, To: 50}), []int{-1, 3})
	if one.Next(); format(one.Record()) != "49 key00 3=b" {
		t.Fatalf("renumbered: %s", format(one.Record()))
	}
}

// Whatever byte is altered or cut off, a reader says so, or reads what was written.
func TestDamageIsSeen(t *testing.T) {
	data := write(t, "1 a 0=value 1=other", "2 b dead", "7 c 0=more")
	whole := "1 a 0=value 1=other; 2 b dead; 7 c 0=more"
	check := func(what string, data []byte) {
		r, err := open(data)
		if err == nil {
			it := r.Iter(state.GroupRange{To: 100})
			var got []string
			for it.Next() {
				got = append(got, format(it.Record()))
			}
			if err = it.Err(); err == nil && strings.Join(got, "; ") == whole {
				return // the magic at the beginning is for people
			}
		}
		if err == nil {
			t.Fatalf("%s is not seen", what)
		}
		if m := errs.MarkOf(err); m != errs.Corrupt && m != errs.User {
			t.Fatalf("%s: %v (%s)", what, err, m)
		}
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x21
		check(fmt.Sprintf("byte %d of %d", i, len(data)), bad)
		check(fmt.Sprintf("an end at %d of %d", i, len(data)), data[:i])
	}
	data[len(data)-1] = 2
	if _, err := open(data); err == nil || !strings.Contains(err.Error(), "format version 2") {
		t.Fatalf("another version: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
