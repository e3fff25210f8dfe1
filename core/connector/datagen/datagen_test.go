package datagen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/types"
)

func table(ddl string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Options: map[string]string{"connector": "datagen"},
		Schema: types.NewSchema(types.MustParse("ROW<" + ddl + ">").Fields...)}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

func open(t *testing.T, tbl *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(tbl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	var want []string
	for i := 1; i <= 40; i++ {
		want = append(want, fmt.Sprintf("+I|%d|%d|(%d)", i, i+9, i))
	}
	connectortest.Bounded(t, func() connector.Source {
		return open(t, table("a INT, b STRING, r ROW<x BIGINT>", "rows-per-second", "1000000",
			"fields.a.kind", "sequence", "fields.a.start", "1", "fields.a.end", "50",
			"fields.b.kind", "sequence", "fields.b.start", "10", "fields.b.end", "90",
			"fields.r.x.kind", "sequence", "fields.r.x.start", "1", "fields.r.x.end", "40"))
	}, want, 20)
}

func TestRandomValuesKeepTheirBounds(t *testing.T) {
	s := open(t, table("a INT, b DOUBLE, c STRING, d DECIMAL(5,2), e ARRAY<TINYINT>, "+
		"m MAP<STRING, INT>, n VARCHAR(7), y BYTES, z BOOLEAN, ts TIMESTAMP(3), dt DATE, tm TIME",
		"number-of-rows", "300", "rows-per-second", "1000000", "fields.a.min", "-3",
		"fields.a.max", "3", "fields.b.min", "0", "fields.b.max", "1", "fields.c.length", "5",
		"fields.c.null-rate", "0.5", "fields.e.element.min", "1", "fields.e.element.max", "2",
		"fields.e.length", "2", "fields.m.key.length", "1", "fields.ts.max-past", "1 h",
		"fields.y.length", "3"))
	rows, err := connectortest.Start(t, s, 2, nil).All(50)
	if err != nil || len(rows) != 300 {
		t.Fatal(len(rows), err)
	}
	seen, nulls := map[string]bool{}, 0
	for _, r := range rows {
		cells := strings.Split(r, "|")
		seen[cells[1]] = true
		if cells[3] == "NULL" {
			nulls++
		} else if len(cells[3]) != 5 {
			t.Errorf("text %s", cells[3])
		}
		if !slices.Contains([]string{"[1, 1]", "[1, 2]", "[2, 1]", "[2, 2]"}, cells[5]) {
			t.Errorf("array %s", cells[5])
		}
		if len(cells[7]) != 7 {
			t.Errorf("VARCHAR(7) %s", cells[7])
		}
	}
	if len(seen) != 7 || nulls < 100 || nulls > 200 {
		t.Errorf("%d different numbers of 7, %d of 300 null", len(seen), nulls)
	}
}

func TestUnboundedWithoutANumber(t *testing.T) {
	connectortest.Endless(t, open(t, table("a INT")))
}

func TestBadOptions(t *testing.T) {
	for want, tbl := range map[string]*connector.Table{
		"has no option 'colour'":         table("a INT", "colour", "red"),
		"did you mean 'fields.a.kind'?":  table("a INT", "fields.a.kindd", "random"),
		"has no option 'fields.b.min'":   table("a INT", "fields.b.min", "1"),
		"needs the option 'fields.a.end": table("a INT", "fields.a.kind", "sequence", "fields.a.start", "1"),
		"at least 'min'":                 table("a INT", "fields.a.min", "2", "fields.a.max", "1"),
		"at most the length":             table("a VARCHAR(3)", "fields.a.length", "4"),
		"one of random, sequence":        table("a INT", "fields.a.kind", "x"),
	} {
		if _, err := connector.NewSource(tbl); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}
