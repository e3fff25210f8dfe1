package types

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"int", "INT"}, {"INTEGER NOT NULL", "INT NOT NULL"}, {"STRING", "STRING"},
		{"varchar(10)", "VARCHAR(10)"}, {"CHARACTER VARYING(3)", "VARCHAR(3)"}, {"CHAR", "CHAR(1)"},
		{"VARCHAR(2147483647)", "STRING"}, {"BYTES", "BYTES"}, {"BINARY VARYING(4)", "VARBINARY(4)"},
		{"NUMERIC(4)", "DECIMAL(4, 0)"}, {"DEC(38, 18)", "DECIMAL(38, 18)"},
		{"DECIMAL", "DECIMAL(10, 0)"}, {"DOUBLE PRECISION", "DOUBLE"}, {"REAL", "FLOAT"},
		{"TIME", "TIME(0)"}, {"TIMESTAMP", "TIMESTAMP(6)"}, {"TIMESTAMP(3) WITHOUT TIME ZONE",
			"TIMESTAMP(3)"}, {"TIMESTAMP(9) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(9)"},
		{"timestamp_ltz(3)", "TIMESTAMP_LTZ(3)"}, {"INTERVAL DAY(2) TO SECOND(3)",
			"INTERVAL SECOND(3)"}, {"INTERVAL YEAR TO MONTH", "INTERVAL MONTH"},
		{"INT ARRAY NOT NULL", "ARRAY<INT> NOT NULL"}, {"ARRAY<INT NOT NULL>", "ARRAY<INT NOT NULL>"},
		{"MAP<STRING NOT NULL, ARRAY<INT>>", "MAP<STRING NOT NULL, ARRAY<INT>>"},
		{"MULTISET<STRING>", "MULTISET<STRING>"},
		{"ROW<a INT, `b c` ARRAY<STRING> NOT NULL 'it''s'> NOT NULL",
			"ROW<`a` INT, `b c` ARRAY<STRING> NOT NULL 'it''s'> NOT NULL"},
		{"ROW(a INT, b ROW(c BIGINT))", "ROW<`a` INT, `b` ROW<`c` BIGINT>>"},
		{"ROW<>", "ROW<>"}, {"RAW('java.util.Date', 'xyz')", "RAW('java.util.Date')"},
		{"BOOLEAN NULL", "BOOLEAN"},
		{"BITMAP NOT NULL", "BITMAP NOT NULL"}, {"variant", "VARIANT"},
	} {
		got, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got.String() != c.want {
			t.Errorf("%s is %s, want %s", c.text, got, c.want)
		}
		if again, err := Parse(got.String()); err != nil || !again.Equal(got) {
			t.Errorf("%s does not read back: %v %v", got, again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"INTT":                     "column 1: unknown type 'INTT'",
		"DECIMAL(50, 2)":           "precision from 1 to 38",
		"TIMESTAMP(10)":            "precision from 0 to 9",
		"ROW<a INT b>":             "column 11",
		"ARRAY<INT":                "'>' expected at the end",
		"INT x":                    "unexpected 'x'",
		"VARCHAR(0)":               "a length from 1",
		"TIMESTAMP WITH TIME ZONE": "TIMESTAMP WITH LOCAL TIME ZONE",
		"":                         "a type expected",
		"MAP<INT>":                 "',' expected",
		"ROW<a>":                   "field 'a' has no type",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("ROW<a INT, `b` MAP<STRING, DECIMAL(3,1)>>")
	f.Fuzz(func(t *testing.T, text string) {
		if typ, err := Parse(text); err == nil {
			if again, err := Parse(typ.String()); err != nil || !again.Equal(typ) {
				t.Errorf("%q gives %s, which does not read back: %v", text, typ, err)
			}
		}
	})
}

func TestCommon(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"INT", "BIGINT NOT NULL", "BIGINT"}, {"INT NOT NULL", "TINYINT NOT NULL", "INT NOT NULL"},
		{"INT", "DECIMAL(5, 2)", "DECIMAL(12, 2)"}, {"FLOAT", "DECIMAL(5, 2)", "DOUBLE"},
		{"FLOAT", "BIGINT", "FLOAT"}, {"CHAR(3)", "CHAR(3)", "CHAR(3)"},
		{"CHAR(1)", "CHAR(3)", "VARCHAR(3)"}, {"CHAR(1)", "STRING", "STRING"}, {"NULL", "DATE", "DATE"},
		{"DATE", "TIMESTAMP(3)", "TIMESTAMP(3)"}, {"TIMESTAMP(3)", "TIMESTAMP_LTZ(6)",
			"TIMESTAMP_LTZ(6)"}, {"ARRAY<INT>", "ARRAY<BIGINT NOT NULL>", "ARRAY<BIGINT>"},
		{"ROW<a INT>", "ROW<b BIGINT>", "ROW<`a` BIGINT>"}, {"INT", "STRING", ""},
		{"TIME", "DATE", ""}, {"ROW<a INT>", "ROW<a INT, b INT>", ""},
		{"DECIMAL(38, 0)", "DECIMAL(38, 18)", "DECIMAL(38, 0)"},
	} {
		got, ok := Common(MustParse(c.a), MustParse(c.b))
		if text := got.String(); ok != (c.want != "") || ok && text != c.want {
			t.Errorf("common type of %s and %s: %s %v, want %q", c.a, c.b, text, ok, c.want)
		}
	}
}

func TestCasts(t *testing.T) {
	for _, c := range []struct {
		from, to       string
		cast, implicit bool
	}{
		{"INT", "BIGINT", true, true}, {"BIGINT", "INT", true, false}, {"DOUBLE", "INT", true, false},
		{"STRING", "INT", true, false}, {"INT", "STRING", true, false}, {"NULL", "MAP<INT, INT>", true,
			true}, {"BOOLEAN", "INT", true, false}, {"DATE", "TIMESTAMP(3)", true, true},
		{"DATE", "INT", false, false}, {"TIME", "DATE", false, false}, {"TIMESTAMP", "TIME", true, false},
		{"ARRAY<INT>", "ARRAY<STRING>", true, false}, {"ARRAY<INT>", "ARRAY<BIGINT>", true, true},
		{"ROW<a INT>", "ROW<b STRING>", true, false}, {"INT", "DATE", false, false},
		{"BYTES", "STRING", true, false}, {"INT", "DECIMAL(5, 2)", true, true},
		{"DOUBLE", "DECIMAL(5, 2)", true, false}, {"DECIMAL(5, 2)", "DOUBLE", true, true},
	} {
		from, to := MustParse(c.from), MustParse(c.to)
		if got := CanCast(from, to); got != c.cast {
			t.Errorf("CanCast(%s, %s) = %v", from, to, got)
		}
		if got := CanCoerce(from, to); got != c.implicit {
			t.Errorf("CanCoerce(%s, %s) = %v", from, to, got)
		}
	}
}
