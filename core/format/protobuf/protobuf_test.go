package protobuf

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/format/formattest"
)

var (
	i32, i64, str = types.Of(types.Int), types.Of(types.BigInt), types.String()

	line = types.RowOf(types.F("sku", str), types.F("price", types.Of(types.Double)),
		types.F("deltas", types.ArrayOf(i64)))
	every = types.NewSchema(types.F("d", types.Of(types.Double)), types.F("b", types.Of(types.Boolean)),
		types.F("i", i32), types.F("si", i32), types.F("u", i32), types.F("f32", i32),
		types.F("sf32", i32), types.F("l", i64), types.F("sl", i64), types.F("ul", i64),
		types.F("f64", i64), types.F("sf64", i64), types.F("f", types.Of(types.Float)),
		types.F("s", str), types.F("y", types.Of(types.Varbinary)), types.F("color", str),
		types.F("number", types.Of(types.SmallInt)), types.F("line", line),
		types.F("packed", types.ArrayOf(i32)), types.F("words", types.ArrayOf(str)),
		types.F("lines", types.ArrayOf(line)), types.F("counts", types.MapOf(str, i64)),
		types.F("by_id", types.MapOf(i32, line)),
		types.F("at", types.RowOf(types.F("seconds", i64), types.F("nanos", i32))),
		types.F("maybe", i32), types.F("left", str), types.F("right", i64), types.F("middle", line),
		types.F("colors", types.ArrayOf(str)),
		types.F("flags", types.MapOf(types.Of(types.Boolean), i32)))
	order = types.NewSchema(types.F("id", i64), types.F("name", str), types.F("count", i32),
		types.F("kind", str), types.F("loose", types.ArrayOf(i32)), types.F("tight", types.ArrayOf(i32)),
		types.F("part", types.RowOf(types.F("n", i32), types.F("note", str))),
		types.F("kinds", types.ArrayOf(i32)),
		types.F("parent", types.RowOf(types.F("id", i64), types.F("count", i32))))
)

func config(schema *types.Schema, file, class string, options ...string) *format.Config {
	values := map[string]string{fileOption: file, classOption: class}
	for i := 0; i < len(options); i += 2 {
		values[options[i]] = options[i+1]
	}
	return &format.Config{Table: "t", Schema: schema, Options: connector.NewOptions("t", "", values)}
}

func everyConfig(options ...string) *format.Config {
	return config(every, "testdata/every.proto", "shop.Every", options...)
}

func orderConfig(options ...string) *format.Config {
	return config(order, "testdata/old.proto", "old.Order", options...)
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

func decoded(t testing.TB, c *format.Config, messages ...[]byte) []string {
	t.Helper()
	d, err := newDecoder(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if err := d.DecodeOne(m); err != nil {
			t.Fatal(err)
		}
	}
	return text(d.Finish())
}

// other is the message of another implementation.
func other(t testing.TB, c *format.Config) *dynamicpb.Message {
	t.Helper()
	m, err := messageOf(c)
	if err != nil {
		t.Fatal(err)
	}
	return dynamicpb.NewMessage(m)
}

func parse(t testing.TB, c *format.Config, source string) []byte {
	t.Helper()
	m := other(t, c)
	if err := prototext.Unmarshal([]byte(source), m); err != nil {
		t.Fatal(err)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const full = `b: true i: -1 si: -2 u: 4294967295 f32: 4294967295 sf32: -6 l: -7 sl: -8
ul: 18446744073709551615 f64: 10 sf64: -11 f: 0.5 d: -0.1 s: "häß" y: "\000\377" color: GREEN
number: BLUE line { sku: "a" price: 0 deltas: [1, -1] } packed: [1, -300] words: ["x", ""]
lines { sku: "b" } lines { price: 2 } counts { key: "k" value: 5 } by_id { key: 3 value { sku: "c" } }
at { seconds: 1700000000 nanos: 5 } maybe: 0 right: 0 colors: [BLUE, RED] flags { key: true value: GREEN }`

const fullRow = `-0.1|TRUE|-1|-2|-1|-1|-6|-7|-8|-1|10|-11|0.5|häß|` + "\x00\xff" + `|GREEN|-1|(a, 0.0, [1, -1])|` +
	`[1, -300]|[x, ]|[(b, NULL, NULL), (, 2.0, NULL)]|{k=5}|{3=(c, NULL, NULL)}|(1700000000, 5)|0|` +
	`NULL|0|NULL|[BLUE, RED]|{TRUE=3}`

const emptyRow = `0.0|FALSE|0|0|0|0|0|0|0|0|0|0|0.0|||RED|0|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|` +
	`NULL|NULL|NULL|NULL|NULL`

func TestEveryTypeIsReadAsFlinkReadsIt(t *testing.T) {
	got := decoded(t, everyConfig(), parse(t, everyConfig(), full), nil)
	want := []string{fullRow, emptyRow}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	got = decoded(t, everyConfig(defaultsOption, "true"), nil)
	if !strings.HasSuffix(got[0], "|RED|0|(, 0.0, [])|[]|[]|[]|{}|{}|(0, 0)|0||0|(, 0.0, [])|[]|{}") {
		t.Error(got)
	}
}

func TestProto2(t *testing.T) {
	c := orderConfig()
	message := parse(t, c, `id: 1 loose: [1, 2] tight: [3] Part { n: 5 } kinds: [FIRST] parent { id: 9 }`)
	if got := decoded(t, c, message); got[0] != "1|NULL|NULL|NULL|[1, 2]|[3]|(5, NULL)|[1]|(9, NULL)" {
		t.Error(got)
	}
	if got := decoded(t, orderConfig(defaultsOption, "true"), message); got[0] !=
		"1|nobody|-7|SECOND|[1, 2]|[3]|(5, )|[1]|(9, -7)" {
		t.Error(got)
	}
	// An unknown value of a closed enum is not there; lists come packed or not, whatever they say.
	odd := protowire.AppendVarint(protowire.AppendTag(message, 4, protowire.VarintType), 99)
	odd = protowire.AppendBytes(protowire.AppendTag(odd, 5, protowire.BytesType), []byte{7, 8})
	odd = protowire.AppendVarint(protowire.AppendTag(odd, 6, protowire.VarintType), 9)
	odd = protowire.AppendBytes(protowire.AppendTag(odd, 8, protowire.BytesType), []byte{2, 50})
	if got := decoded(t, c, odd); got[0] !=
		"1|NULL|NULL|NULL|[1, 2, 7, 8]|[3, 9]|(5, NULL)|[1, 2]|(9, NULL)" {
		t.Error(got)
	}
}

func TestFieldsMergeAndTheLastCounts(t *testing.T) {
	c := everyConfig()
	message := slices.Concat(parse(t, c, `i: 1 line { sku: "a" deltas: 1 } left: "x" counts { key: "a" value: 1 }
		counts { key: "b" value: 2 }`),
		parse(t, c, `i: 2 line { price: 3 deltas: 2 } middle { sku: "m" } counts { key: "a" value: 3 }`))
	got := strings.Split(decoded(t, c, message)[0], "|")
	for at, want := range map[int]string{2: "2", 17: "(a, 3.0, [1, 2])", 21: "{a=3, b=2}", 25: "NULL",
		26: "NULL", 27: "(m, NULL, NULL)"} {
		if got[at] != want {
			t.Errorf("column %d is %s, want %s", at, got[at], want)
		}
	}
	// A member of the oneof that is no column unsets those that are.
	some := types.NewSchema(types.F("left", str))
	c = config(some, "testdata/every.proto", "shop.Every")
	left, right := parse(t, c, `left: "x"`), parse(t, c, `right: 5`)
	if got := decoded(t, c, slices.Concat(left, right), slices.Concat(right, left)); !slices.Equal(got,
		[]string{"NULL", "x"}) {
		t.Error(got)
	}
}

// random makes a message with any of its fields set.
func random(r *rand.Rand, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	one := func(f protoreflect.FieldDescriptor, mutable func() protoreflect.Value) protoreflect.Value {
		n := []uint64{0, 1, r.Uint64(), 1 << 63, 1<<32 - 1, uint64(r.Int64N(1000))}[r.IntN(6)]
		switch f.Kind() {
		case protoreflect.BoolKind:
			return protoreflect.ValueOfBool(n&1 == 1)
		case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
			return protoreflect.ValueOfInt32(int32(n))
		case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
			return protoreflect.ValueOfUint32(uint32(n))
		case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
			return protoreflect.ValueOfInt64(int64(n))
		case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
			return protoreflect.ValueOfUint64(n)
		case protoreflect.FloatKind:
			return protoreflect.ValueOfFloat32(float32(int32(n)) / 8)
		case protoreflect.DoubleKind:
			return protoreflect.ValueOfFloat64(float64(int64(n)) / 8)
		case protoreflect.StringKind:
			return protoreflect.ValueOfString([]string{"", "a", "größer", "x y"}[r.IntN(4)])
		case protoreflect.BytesKind:
			return protoreflect.ValueOfBytes([]byte{0, byte(n)}[:r.IntN(3)])
		case protoreflect.EnumKind:
			values := f.Enum().Values()
			return protoreflect.ValueOfEnum(values.Get(r.IntN(values.Len())).Number())
		}
		v := mutable()
		random(r, v.Message(), depth+1)
		return v
	}
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Cardinality() != protoreflect.Required && (r.IntN(3) == 0 || depth > 2) {
			continue
		}
		switch {
		case f.IsMap():
			entries := m.Mutable(f).Map()
			for range r.IntN(2) { // one at most: their order is not fixed
				entries.Set(one(f.MapKey(), nil).MapKey(), one(f.MapValue(), entries.NewValue))
			}
		case f.IsList():
			list := m.Mutable(f).List()
			for range r.IntN(4) {
				list.Append(one(f, list.NewElement))
			}
		default:
			m.Set(f, one(f, func() protoreflect.Value { return m.NewField(f) }))
		}
	}
}

// TestAnotherImplementation reads what another writes, and writes what it reads back.
func TestAnotherImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []*format.Config{everyConfig(), orderConfig()} {
		d, err := newDecoder(c)
		if err != nil {
			t.Fatal(err)
		}
		e, err := newEncoder(c)
		if err != nil {
			t.Fatal(err)
		}
		for range 500 {
			m := other(t, c)
			random(r, m, 0)
			if c.Schema == order { // columns hold a part of it
				if p := m.Descriptor().Fields().ByName("parent"); m.Has(p) {
					parent := dynamicpb.NewMessage(p.Message())
					parent.Set(p.Message().Fields().ByName("id"), protoreflect.ValueOfInt64(r.Int64()))
					m.Set(p, protoreflect.ValueOfMessage(parent))
				}
			}
			data, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.DecodeOne(data); err != nil {
				t.Fatal(prototext.Format(m), err)
			}
			again, err := e.Encode(nil, d.Finish(), 0, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			back := other(t, c)
			if err := proto.Unmarshal(again, back); err != nil || !proto.Equal(m, back) {
				t.Fatalf("%v\n%s\n%s", err, prototext.Format(m), prototext.Format(back))
			}
		}
	}
}

func TestNullsInsideOfListsAndMaps(t *testing.T) {
	schema := types.NewSchema(types.F("words", types.ArrayOf(str)), types.F("packed", types.ArrayOf(i32)),
		types.F("counts", types.MapOf(str, i64)), types.F("by_id", types.MapOf(i32, line)),
		types.F("colors", types.ArrayOf(str)), types.F("left", str), types.F("right", i64))
	c := config(schema, "testdata/every.proto", "shop.Every", literalOption, "none")
	b := batch.NewRowBuilder(schema, 1)
	b.Cols[0].Child(0).AppendNull()
	b.Cols[1].Child(0).AppendNull()
	b.Cols[2].Child(0).AppendString("k")
	b.Cols[2].Child(1).AppendNull()
	batch.Append(b.Cols[3].Child(0), int32(1))
	b.Cols[3].Child(1).AppendNull()
	b.Cols[4].Child(0).AppendString("PINK")
	for i := range 5 {
		b.Cols[i].CloseList()
	}
	b.Cols[5].AppendString("x") // of a oneof the last one counts
	batch.Append(b.Cols[6], int64(4))
	e, err := newEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.Encode(nil, b.Finish(), 0, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, c, `words: "none" packed: 0 counts { key: "k" value: 0 } by_id { key: 1 value {} }
		colors: RED right: 4`)
	a, z := other(t, c), other(t, c)
	if err := proto.Unmarshal(data, a); err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(want, z); err != nil || !proto.Equal(a, z) {
		t.Errorf("%v %s\n%s", err, prototext.Format(a), prototext.Format(z))
	}
}

func TestRequiredFieldsAndUnknownNumbers(t *testing.T) {
	schema := types.NewSchema(types.F("id", i64), types.F("kind", i32))
	e, err := newEncoder(config(schema, "testdata/old.proto", "old.Order"))
	if err != nil {
		t.Fatal(err)
	}
	b := batch.NewRowBuilder(schema, 2)
	b.Cols[0].AppendNull()
	b.Cols[1].AppendNull()
	batch.Append(b.Cols[0], int64(1))
	batch.Append(b.Cols[1], int32(5))
	rows := b.Finish()
	for i, want := range []string{"'old.Order.id' is required", "enum 'old.Order.Kind' has no value 5"} {
		if _, err := e.Encode(nil, rows, i, i+1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}

func TestBadMessages(t *testing.T) {
	good := parse(t, everyConfig(), full)
	cases := map[string][]byte{
		"cut short":               good[:len(good)-1],
		"is not UTF-8":            protowire.AppendBytes(protowire.AppendTag(nil, 14, protowire.BytesType), []byte{0xff}),
		"packed list that is cut": protowire.AppendBytes(protowire.AppendTag(nil, 19, protowire.BytesType), []byte{0x80}),
	}
	for want, data := range cases {
		d, err := newDecoder(everyConfig())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.DecodeOne(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		lenient, err := newDecoder(everyConfig(lenientOption, "true"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range [][]byte{good, data, nil, data, data, good} {
			if err := lenient.DecodeOne(m); err != nil {
				t.Fatal(err)
			}
		}
		if lenient.Len() != 3 {
			t.Errorf("%d rows", lenient.Len())
		}
		if got := text(lenient.Finish()); len(got) != 3 || got[0] != got[2] || got[1] != emptyRow {
			t.Error(got)
		}
	}
	d, err := newDecoder(orderConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.DecodeOne(nil); err == nil || !strings.Contains(err.Error(), "required field 'old.Order.id'") {
		t.Error(err)
	}
}

func TestSchemaErrors(t *testing.T) {
	one := func(f types.Field) *types.Schema { return types.NewSchema(f) }
	set := filepath.Join(t.TempDir(), "no.desc")
	if err := os.WriteFile(set, []byte("nonsense"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config *format.Config
		want   string
	}{
		{config(one(types.F("colour", str)), "testdata/every.proto", "shop.Every"),
			"column 'colour' is no field of the message 'shop.Every' (did you mean 'color'"},
		{config(one(types.F("i", i64)), "testdata/every.proto", "shop.Every"),
			"column 'i' is BIGINT, but the field 'shop.Every.i' is of type int32 (declare the column as INT"},
		{config(one(types.F("words", types.ArrayOf(i32))), "testdata/every.proto", "shop.Every"),
			"column 'words element' is INT, but the field 'shop.Every.words' is of type repeated string"},
		{config(one(types.F("line", types.RowOf(types.F("x", i32)))), "testdata/every.proto", "shop.Every"),
			"column 'line.x' is no field of the message 'shop.Every.Line'"},
		{config(one(types.F("i", i32)), "testdata/every.proto", "shop.Ever"),
			"has no message 'shop.Ever' (did you mean 'shop.Every'"},
		{config(one(types.F("i", i32)), "testdata/none.proto", "shop.Every"), "no such file"},
		{config(one(types.F("i", i32)), set, "shop.Every"), "no descriptor set"},
		{config(one(types.F("i", i32)), "", "shop.Every"), "needs the option 'protobuf.descriptor-file'"},
		{config(one(types.F("i", i32)), "testdata/every.proto", ""), "needs the option 'protobuf.message-class-name'"},
	} {
		if _, err := newDecoder(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
}

func TestDescriptorSetsAndJavaNames(t *testing.T) {
	m, err := messageOf(everyConfig())
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		protodesc.ToFileDescriptorProto(m.ParentFile())}}
	data, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "every.desc")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, class := range []string{"shop.Every", "com.shop.EveryOuterClass$Every",
		"com.shop.EveryOuterClass$Every$Line"} {
		m, err := messageOf(config(every, path, class))
		if err != nil || !strings.HasPrefix(string(m.FullName()), "shop.Every") {
			t.Error(class, m, err)
		}
	}
}

func TestProjection(t *testing.T) {
	c := everyConfig()
	c.Columns = []int{13, 2}
	if got := decoded(t, c, parse(t, c, full)); got[0] != "häß|-1" {
		t.Error(got)
	}
}

// agreeing says whether a message is read as another implementation reads it; it may be read where
// the other refuses it, for what lies in fields that are no columns is not looked at.
func agreeing(t testing.TB) func(data []byte) {
	c := everyConfig()
	e, err := newEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	empty := other(t, c)
	return func(data []byte) {
		d, err := newDecoder(c)
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := otherReads(empty, data), d.DecodeOne(data)
		if ours != nil && strings.Contains(ours.Error(), "is too large for") {
			return // a number of an enum for a narrow column
		}
		if theirs == nil && ours != nil {
			t.Fatalf("%x: only the other implementation reads it: %v", data, ours)
		}
		b := d.Finish()
		if ours != nil {
			return
		}
		again, err := e.Encode(nil, b, 0, 1, nil)
		if b.Len() != 1 || err != nil {
			t.Fatalf("%x: %d rows, %v", data, b.Len(), err)
		}
		back := empty.New().Interface()
		if err := proto.Unmarshal(again, back); err != nil {
			t.Fatalf("%x, written again %x: %v", data, again, err)
		}
	}
}

// otherReads lets another implementation read a message; it panics at a map's key of a wrong type.
func otherReads(empty *dynamicpb.Message, data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return proto.Unmarshal(data, empty.New().Interface())
}

func TestDamagedMessages(t *testing.T) {
	seeds := [][]byte{parse(t, everyConfig(), full), parse(t, everyConfig(), `lines { sku: "b" }`)}
	formattest.Mutate(t, seeds, 1500, agreeing(t))
}

func FuzzDecode(f *testing.F) {
	f.Add(parse(f, everyConfig(), full))
	f.Add(protowire.AppendBytes(protowire.AppendTag(nil, 19, protowire.BytesType), []byte{0x80}))
	f.Add(parse(f, everyConfig(), `lines { sku: "b" } by_id { key: 3 value { sku: "c" } }`))
	f.Fuzz(func(t *testing.T, data []byte) { agreeing(t)(data) })
}

func BenchmarkDecode(b *testing.B) {
	c := everyConfig()
	data := parse(b, c, full)
	d, err := newDecoder(c)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := d.DecodeOne(data); err != nil {
			b.Fatal(err)
		}
		if i%1024 == 0 {
			d.Finish()
		}
	}
}
