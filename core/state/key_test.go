package state_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
)

func encode(t *testing.T, cols ...*batch.Column) *state.Keys {
	t.Helper()
	keys := &state.Keys{}
	if err := state.EncodeKeys(cols, 128, keys); err != nil {
		t.Fatal(err)
	}
	return keys
}

func texts(typ types.Type, v ...string) *batch.Column {
	b := batch.NewBuilder(typ, len(v))
	for _, s := range v {
		b.AppendString(s)
	}
	return b.Finish()
}

// The bytes and groups below are stored in checkpoints: a change of any needs a new KeyVersion.
func TestGoldenKeys(t *testing.T) {
	nullable := batch.NewBuilder(types.Of(types.BigInt), 2)
	nullable.AppendNull()
	batch.Append(nullable, int64(-1))
	list := batch.NewBuilder(types.ArrayOf(types.Of(types.Int)), 1)
	batch.Append(list.Child(0), int32(7))
	list.Child(0).AppendNull()
	list.CloseList()
	m := batch.NewBuilder(types.MapOf(types.String(), types.Of(types.Boolean)), 1)
	for i, s := range []string{"b", "a"} {
		m.Child(0).AppendString(s)
		m.Child(1).AppendBool(i == 0)
	}
	m.CloseList()
	fixed := func(k types.Kind, v ...int32) *batch.Column {
		return batch.MakeFixed(types.Of(k), v, nil)
	}
	cases := []struct {
		name   string
		col    *batch.Column
		hex    []string
		groups []uint16
	}{
		{"bigint", nullable.Finish(), []string{"00", "037fffffffffffffff"}, []uint16{119, 8}},
		{"int", fixed(types.Int, 1, 2), []string{"038000000000000001", "038000000000000002"},
			[]uint16{30, 18}},
		{"string", texts(types.String(), "", "ab", "a long string, over 8"), []string{"0600",
			"06026162", "061561206c6f6e6720737472696e672c206f7665722038"}, []uint16{68, 109, 36}},
		{"double", batch.MakeFixed(types.Of(types.Double), []float64{0, math.Copysign(0, -1), 1.5,
			math.NaN(), math.Float64frombits(0xfff8000000000001)}, nil),
			[]string{"048000000000000000", "047fffffffffffffff", "04bff8000000000000",
				"04fff8000000000000", "04fff8000000000000"}, []uint16{74, 42, 89, 65, 65}},
		{"float", batch.MakeFixed(types.Of(types.Float), []float32{1.5}, nil),
			[]string{"04bff8000000000000"}, []uint16{89}},
		{"decimal", batch.MakeFixed(types.DecimalOf(10, 2),
			[]batch.Decimal{batch.DecimalFromWords(-1, math.MaxUint64)}, nil),
			[]string{"057fffffffffffffffffffffffffffffff"}, []uint16{95}},
		{"date", fixed(types.Date, 3), []string{"088000000000000003"}, []uint16{11}},
		{"array", list.Finish(), []string{"090203800000000000000700"}, []uint16{31}},
		{"map", m.Finish(), []string{"0a020601610106016202"}, []uint16{2}},
	}
	for _, c := range cases {
		keys := encode(t, c.col)
		for i := range keys.Len() {
			if got := hex.EncodeToString(keys.Key(i)); got != c.hex[i] {
				t.Errorf("%s %d: bytes %s, want %s", c.name, i, got, c.hex[i])
			}
			if keys.Groups[i] != c.groups[i] {
				t.Errorf("%s %d: group %d, want %d", c.name, i, keys.Groups[i], c.groups[i])
			}
			if g := state.GroupOf(keys.Key(i), 128); g != keys.Groups[i] {
				t.Errorf("%s %d: fast path gives group %d, bytes give %d", c.name, i,
					keys.Groups[i], g)
			}
		}
	}
}

func TestKeysRoundTripAndWindow(t *testing.T) {
	a := batch.NewBuilder(types.Of(types.SmallInt), 2)
	batch.Append(a, int16(-300))
	a.AppendNull()
	row := batch.NewBuilder(types.RowOf(types.F("x", types.Of(types.Float)),
		types.F("y", types.DecimalOf(20, 3))), 2)
	batch.Append(row.Child(0), float32(-2.25))
	batch.Append(row.Child(1), batch.DecimalFromWords(-5, 9))
	row.AppendRow()
	row.AppendNull()
	cols := []*batch.Column{a.Finish(), texts(types.String(), "ä\x00b", ""), row.Finish()}
	keys := encode(t, cols...)
	win := &state.Keys{}
	out := make([]*batch.Builder, len(cols))
	for i, c := range cols {
		out[i] = batch.NewBuilder(c.Type, 2)
	}
	for i := range keys.Len() {
		win.AppendWindow(keys, i, -1000, 1000)
		if win.Groups[i] != keys.Groups[i] {
			t.Fatal("the window is part of the group")
		}
		base, start, end := state.SplitWindow(win.Key(i))
		if start != -1000 || end != 1000 || string(base) != string(keys.Key(i)) {
			t.Fatalf("window [%d, %d) of % x", start, end, base)
		}
		rest, err := state.DecodeKey(win.Key(i), out)
		if err != nil || len(rest) != 17 {
			t.Fatalf("decode: rest % x, %v", rest, err)
		}
	}
	back := make([]*batch.Column, len(out))
	for i, b := range out {
		back[i] = b.Finish()
	}
	again := encode(t, back...)
	if string(again.Data) != string(keys.Data) {
		t.Fatalf("decoded keys encode to % x, not % x", again.Data, keys.Data)
	}
	if _, err := state.DecodeKey(keys.Key(0)[:5], out); err == nil {
		t.Fatal("a cut key decodes")
	}
}

// Values were read off Flink 2.3 (MathUtils.murmurHash, KeyGroupRangeAssignment).
func TestGroupsAsInFlink(t *testing.T) {
	for hash, want := range map[int32]int{0: 593689054, 1: 68075478, 42: 1134849565, -7: 206585249,
		math.MaxInt32: 1653689534, math.MinInt32: 1718298732, 123456789: 1088346449} {
		if g := state.GroupOfHash(uint32(hash), 128); int(g) != want%128 {
			t.Errorf("hash %d: group %d, want %d", hash, g, want%128)
		}
		if g := state.GroupOfHash(uint32(hash), 32749); int(g) != want%32749 {
			t.Errorf("hash %d: group %d, want %d", hash, g, want%32749)
		}
	}
	for i, want := range []state.GroupRange{{0, 43}, {43, 86}, {86, 128}} {
		if r := state.RangeOf(128, 3, i); r != want {
			t.Errorf("subtask %d has %v, want %v", i, r, want)
		}
	}
	for p, want := range map[int]int{1: 128, 86: 256, 87: 256, 200: 512, 30000: 32768} {
		if m := state.DefaultMaxParallelism(p); m != want {
			t.Errorf("max-parallelism of %d: %d, want %d", p, m, want)
		}
	}
	for p := 1; p <= 128; p++ {
		for g := range 128 {
			s := state.SubtaskOf(128, p, uint16(g))
			if !state.RangeOf(128, p, s).Has(uint16(g)) {
				t.Fatalf("group %d of %d: subtask %d does not hold it", g, p, s)
			}
		}
	}
}

// Numbers in a row, as ids are, must not pile up in few key groups.
func TestGroupsAreEven(t *testing.T) {
	ids, names := make([]int64, 100_000), make([]string, 100_000)
	for i := range ids {
		ids[i], names[i] = int64(i)*1000, fmt.Sprintf("user-%d", i)
	}
	for name, col := range map[string]*batch.Column{
		"ids": batch.MakeFixed(types.Of(types.BigInt), ids, nil), "names": texts(types.String(),
			names...)} {
		count := make([]int, 128)
		for _, g := range encode(t, col).Groups {
			count[g]++
		}
		if least, most := slices.Min(count), slices.Max(count); least < 680 || most > 880 {
			t.Errorf("%s: %d to %d keys in a group, 781 on average", name, least, most)
		}
	}
}

func BenchmarkEncodeBigInt(b *testing.B) {
	v := make([]int64, 8192)
	for i := range v {
		v[i] = int64(i * 7919)
	}
	col := []*batch.Column{batch.MakeFixed(types.Of(types.BigInt), v, nil)}
	keys := &state.Keys{}
	for b.Loop() {
		if err := state.EncodeKeys(col, 128, keys); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8192, "ns/key")
}
