package arrowbridge_test

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/arrowbridge"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/cgo/python/pythontest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func TestMain(m *testing.M) {
	arrowbridge.Defer = python.RunLater
	pythontest.Main(m)
}

// helpers is what the tests ask of pyarrow.
const helpers = `
import pyarrow as pa, gc
def take(array, schema): return pa.Array._import_from_c(array, schema)
def identity(array, schema, out, out_schema):
    pa.Array._import_from_c(array, schema)._export_to_c(out, out_schema)
def addresses(a):
    return [b.address if b is not None and b.size else 0 for b in a.buffers()]
def make(expr, out, schema):
    eval(expr, {'pa': pa, 'd': __import__('decimal').Decimal, 't': __import__('datetime')}
        )._export_to_c(out, schema)
def text(a): return repr(a.to_pylist())
def stream(n, out):
    t = pa.table({'a': list(range(n)), 'b': [str(i) for i in range(n)]})
    t.to_reader(max_chunksize=3)._export_to_c(out)
`

func helper(name string) (python.Object, error) {
	dict := python.Dict()
	defer dict.Drop()
	exec, err := python.ImportAttr("builtins", "exec")
	if err != nil {
		return python.Nil, err
	}
	defer exec.Drop()
	if sys := cached; sys != nil {
		f := sys.Object().DictGet(name)
		return f.Keep(), nil
	}
	none, err := exec.Call(python.Str(helpers), dict.Keep())
	if err != nil {
		return python.Nil, err
	}
	none.Drop()
	cached = python.NewRef(dict.Keep())
	return dict.DictGet(name).Keep(), nil
}

var cached *python.Ref

func call(name string, args ...python.Object) (python.Object, error) {
	f, err := helper(name)
	if err != nil {
		return python.Nil, err
	}
	defer f.Drop()
	return f.Call(args...)
}

func pointer(p unsafe.Pointer) python.Object { return python.Long(int64(uintptr(p))) }

// sample builds a column of n rows in which every third row is null, if t is nullable.
func sample(t types.Type, n int) *batch.Column {
	b := batch.NewBuilder(t, n)
	for i := range n {
		appendValue(b, i, !t.NotNull && i%3 == 2)
	}
	return b.Finish()
}

func appendValue(b *batch.Builder, i int, null bool) {
	if null || b.Type.Kind == types.Null {
		b.AppendNull()
		return
	}
	switch t := b.Type; t.Kind {
	case types.Boolean:
		b.AppendBool(i%2 == 0)
	case types.TinyInt:
		batch.Append(b, int8(i))
	case types.SmallInt:
		batch.Append(b, int16(i))
	case types.Int, types.Date, types.IntervalYM:
		batch.Append(b, int32(i))
	case types.Float:
		batch.Append(b, float32(i)/2)
	case types.Double:
		batch.Append(b, float64(i)/2)
	case types.Time:
		if t.Unit() == 3 {
			batch.Append(b, int32(i))
			return
		}
		batch.Append(b, int64(i)*1000)
	case types.Decimal:
		batch.Append(b, batch.Decimal{})
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		b.AppendString(strings.Repeat("x", i%5))
	case types.Array, types.Map, types.Multiset:
		for j := range i % 4 {
			appendValue(b.Child(0), j, false)
			if t.Kind != types.Array {
				appendValue(b.Child(1), j+1, false)
			}
		}
		b.CloseList()
	case types.Row:
		for j := range t.Fields {
			appendValue(b.Child(j), i, false)
		}
		b.AppendRow()
	default:
		batch.Append(b, int64(i))
	}
}

// everyType is one of each kind that crosses, nested ones included.
func everyType() []types.Type {
	out := []types.Type{types.String(), types.DecimalOf(38, 10), types.Of(types.Null),
		types.WithPrecision(types.Char, 3), types.WithPrecision(types.Binary, 4), {Kind: types.Raw}}
	for _, k := range []types.Kind{types.Boolean, types.TinyInt, types.SmallInt, types.Int,
		types.BigInt, types.Float, types.Double, types.Varbinary, types.Date, types.IntervalYM,
		types.IntervalDT} {
		out = append(out, types.Of(k), types.Of(k).Nullable(false))
	}
	for _, k := range []types.Kind{types.Time, types.Timestamp, types.TimestampLTZ} {
		for _, p := range []int{0, 3, 6, 9} {
			out = append(out, types.WithPrecision(k, p))
		}
	}
	key := types.String().Nullable(false)
	row := types.RowOf(types.F("a", types.Of(types.Int)), types.F("b", types.String()))
	return append(out, types.ArrayOf(types.Of(types.Int)), types.ArrayOf(types.String()), row,
		types.MapOf(key, types.Of(types.BigInt)), types.MultisetOf(key),
		types.ArrayOf(row), types.MapOf(key, types.ArrayOf(types.Of(types.Double))),
		types.RowOf(types.F("x", types.ArrayOf(types.Of(types.Boolean)))))
}

// addresses lists the buffers of a column in the order of pyarrow's Array.buffers.
func addresses(d arrow.ArrayData) []uintptr {
	var out []uintptr
	for _, b := range d.Buffers() {
		var p uintptr
		if b != nil && b.Len() > 0 {
			p = uintptr(unsafe.Pointer(unsafe.SliceData(b.Bytes())))
		}
		out = append(out, p)
	}
	for _, k := range d.Children() {
		out = append(out, addresses(k)...)
	}
	return out
}

func TestBuffersKeepTheirAddress(t *testing.T) {
	for _, typ := range everyType() {
		for _, n := range []int{0, 1, 100} {
			t.Run(fmt.Sprintf("%s/%d", typ, n), func(t *testing.T) { crossBothWays(t, typ, n) })
		}
	}
	settle(t)
}

func crossBothWays(t *testing.T, typ types.Type, n int) {
	col := sample(typ, n)
	if n == 100 { // a slice must cross too
		col = sample(typ, n+7).Slice(5, 105)
	}
	arr, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
	defer arrowbridge.DropArray(arr)
	defer arrowbridge.DropSchema(schema)
	arrowbridge.Export(col, arr)
	arrowbridge.ExportType("v", typ, schema)
	var back *batch.Column
	err := python.Do(func() error {
		a, err := call("take", pointer(arr), pointer(schema))
		if err != nil {
			return err
		}
		defer a.Drop()
		if err := sameAddresses(t, col, a); err != nil {
			return err
		}
		out, outSchema := arrowbridge.NewArray(), arrowbridge.NewSchema()
		defer arrowbridge.DropArray(out)
		defer arrowbridge.DropSchema(outSchema)
		none, err := a.CallMethod("_export_to_c", pointer(out), pointer(outSchema))
		if err != nil {
			return err
		}
		none.Drop()
		back, err = arrowbridge.Import(out, outSchema, typ)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	want, got := addresses(col.Arrow().Data()), addresses(back.Arrow().Data())
	for i := range want {
		if got[i] != want[i] && want[i] != 0 && got[i] != 0 {
			t.Errorf("came back: buffer %d of %s is at %#x, not %#x", i, typ, got[i], want[i])
		}
	}
	for i := range n {
		if back.IsNull(i) != col.IsNull(i) ||
			back.Arrow().ValueStr(i) != col.Arrow().ValueStr(i) {
			t.Fatalf("row %d is %s, not %s", i, back.Arrow().ValueStr(i), col.Arrow().ValueStr(i))
		}
	}
}

func sameAddresses(t *testing.T, col *batch.Column, a python.Object) error {
	want, i := addresses(col.Arrow().Data()), 0
	list, err := call("addresses", a.Keep())
	if err != nil {
		return err
	}
	defer list.Drop()
	if col.Type.Kind == types.Null {
		return nil
	}
	err = list.Each(func(o python.Object) error {
		got, err := o.Int64()
		if err == nil && uintptr(got) != want[i] && got != 0 && want[i] != 0 {
			t.Errorf("buffer %d of %s is at %#x, not %#x", i, col.Type, got, want[i])
		}
		i++
		return err
	})
	if i != len(want) {
		t.Errorf("%s has %d buffers there, %d here", col.Type, i, len(want))
	}
	return err
}

// settle checks that nothing is outstanding once the release queue has been drained.
func settle(t *testing.T) {
	t.Helper()
	if err := python.Do(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if e, i := arrowbridge.Exported(), arrowbridge.Imported(); e != 0 || i != 0 {
		t.Errorf("outstanding: %d exported, %d imported", e, i)
	}
}

func TestForeignMemoryIsNotCopied(t *testing.T) {
	arr, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
	defer arrowbridge.DropArray(arr)
	defer arrowbridge.DropSchema(schema)
	var a *python.Ref
	err := python.Do(func() error {
		o, err := python.ImportAttr("pyarrow", "array")
		if err != nil {
			return err
		}
		defer o.Drop()
		x, err := o.Call(python.List(python.Long(7), python.None(), python.Long(9)))
		if err != nil {
			return err
		}
		a = python.NewRef(x)
		none, err := x.CallMethod("_export_to_c", pointer(arr), pointer(schema))
		none.Drop()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	col, err := arrowbridge.Import(arr, schema, types.Of(types.BigInt))
	if err != nil {
		t.Fatal(err)
	}
	if v := batch.Values[int64](col); v[0] != 7 || v[2] != 9 || !col.IsNull(1) || col.IsNull(0) {
		t.Errorf("got %v", v)
	}
	if err := python.Do(func() error { return sameAddresses(t, col, a.Object()) }); err != nil {
		t.Fatal(err)
	}
	a.Release()
	kept := col.Slice(2, 3)
	col.Release()
	if batch.Values[int64](kept)[0] != 9 {
		t.Error("the slice lost its memory")
	}
	kept.Release()
	settle(t)
}

// conversions are pyarrow arrays and the column that each becomes.
var conversions = []struct {
	expr string
	want types.Type
	text string // ValueStr of the rows, or part of the error behind "!"
}{
	{"pa.array([1, None, 200], pa.int16())", types.Of(types.BigInt), "1 (null) 200"},
	{"pa.array([1, 200], pa.int64())", types.Of(types.TinyInt), "!200 at row 1 does not fit into TINYINT"},
	{"pa.array([1, 2**63], pa.uint64())", types.Of(types.BigInt), "!does not fit into BIGINT"},
	{"pa.array([1, 2**63], pa.uint64())", types.DecimalOf(20, 0), "1 9223372036854775808"},
	{"pa.array(['a', None, 'bc'], pa.large_string())", types.String(), "a (null) bc"},
	{"pa.array(['a', None, 'long enough not to be inlined'], pa.string_view())", types.String(),
		"a (null) long enough not to be inlined"},
	{"pa.array(['x', 'y', None, 'x']).dictionary_encode()", types.String(), "x y (null) x"},
	{"pa.array([b'ab', None], pa.binary(2))", types.WithPrecision(types.Binary, 2), "YWI= (null)"},
	{"pa.array([b'ab'])", types.String(), "!binary cannot be used as STRING"},
	{"pa.array([1.5, None], pa.float32())", types.Of(types.Double), "1.5 (null)"},
	{"pa.array([1, None], pa.int32())", types.Of(types.Float), "1 (null)"},
	{"pa.array([1500, None, -1500], pa.timestamp('us'))", types.WithPrecision(types.Timestamp, 3),
		"1970-01-01 00:00:00.001Z (null) 1969-12-31 23:59:59.998Z"},
	{"pa.array([1], pa.timestamp('s', 'Europe/Berlin'))", types.WithPrecision(types.TimestampLTZ, 3),
		"1970-01-01 00:00:01Z"},
	{"pa.array([2**62], pa.timestamp('s'))", types.WithPrecision(types.Timestamp, 9), "!does not fit"},
	{"pa.array([t.date(1970, 1, 3)], pa.date64())", types.Of(types.Date), "1970-01-03"},
	{"pa.array([d('1.50')], pa.decimal128(5, 2))", types.DecimalOf(10, 1), "1.5"},
	{"pa.array([d('1.55')], pa.decimal128(5, 2))", types.DecimalOf(10, 1), "!does not fit"},
	{"pa.array([d('1.5')], pa.decimal256(50, 2))", types.DecimalOf(10, 1), "!cast it to decimal128"},
	{"pa.array([[1, 2], None, [3]], pa.large_list(pa.int8()))",
		types.ArrayOf(types.Of(types.BigInt)), "[1,2] (null) [3]"},
	{"pa.array([[1, 2], [3, 4]], pa.list_(pa.int64(), 2)).slice(1)",
		types.ArrayOf(types.Of(types.BigInt)), "[3,4]"},
	{"pa.array([{'a': 1, 'b': 'x'}, None], pa.struct([('a', pa.int8()), ('b', pa.large_string())]))",
		types.RowOf(types.F("a", types.Of(types.Int)), types.F("b", types.String())),
		`{"a":1,"b":"x"} (null)`},
	{"pa.nulls(2)", types.String(), "(null) (null)"},
	{"pa.array([1])", types.String(), "!int64 cannot be used as STRING"},
	{"pa.array([1, 2]).view(pa.duration('s'))", types.Of(types.IntervalDT), "1000ms 2000ms"},
}

func TestConversions(t *testing.T) {
	for _, c := range conversions {
		t.Run(c.expr, func(t *testing.T) {
			arr, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
			defer arrowbridge.DropArray(arr)
			defer arrowbridge.DropSchema(schema)
			if err := python.Do(func() error {
				none, err := call("make", python.Str(c.expr), pointer(arr), pointer(schema))
				none.Drop()
				return err
			}); err != nil {
				t.Fatal(err)
			}
			col, err := arrowbridge.Import(arr, schema, c.want)
			if text, bad := strings.CutPrefix(c.text, "!"); bad {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer col.Release()
			var rows []string
			for i := range col.Len() {
				rows = append(rows, col.Arrow().ValueStr(i))
			}
			if got := strings.Join(rows, " "); got != c.text {
				t.Errorf("got %s", got)
			}
		})
	}
	settle(t)
}

func TestBatchesCross(t *testing.T) {
	schema := types.NewSchema(types.F("a", types.Of(types.BigInt)), types.F("b", types.String()))
	b := batch.New(schema, []*batch.Column{sample(schema.Fields[0].Type, 9),
		sample(schema.Fields[1].Type, 9)}, 9).Slice(2, 8)
	arr, sch := arrowbridge.NewArray(), arrowbridge.NewSchema()
	defer arrowbridge.DropArray(arr)
	defer arrowbridge.DropSchema(sch)
	arrowbridge.ExportBatch(b, arr)
	arrowbridge.ExportSchema(schema, sch)
	err := python.Do(func() error {
		a, err := call("take", pointer(arr), pointer(sch))
		if err != nil {
			return err
		}
		defer a.Drop()
		text, err := call("text", a.Keep())
		if err != nil {
			return err
		}
		defer text.Drop()
		want := "[{'a': None, 'b': None}, {'a': 3, 'b': 'xxx'}, {'a': 4, 'b': 'xxxx'}, " +
			"{'a': None, 'b': None}, {'a': 6, 'b': 'x'}, {'a': 7, 'b': 'xx'}]"
		if text.String() != want {
			t.Errorf("got %s", text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	settle(t)
}

func TestStream(t *testing.T) {
	stream := arrowbridge.NewStream()
	defer arrowbridge.DropStream(stream)
	if err := python.Do(func() error {
		none, err := call("stream", python.Long(8), pointer(stream))
		none.Drop()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	schema, batches, err := arrowbridge.ImportStream(stream, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := schema.RowType().String(); got != "ROW<`a` BIGINT, `b` STRING> NOT NULL" {
		t.Errorf("schema %s", got)
	}
	next := int64(0)
	for _, b := range batches {
		for i := range b.Len() {
			if batch.Values[int64](b.Cols[0])[i] != next || b.Cols[1].Str(i) != fmt.Sprint(next) {
				t.Errorf("row %d is wrong", next)
			}
			next++
		}
		b.Release()
	}
	if next != 8 || len(batches) != 3 {
		t.Errorf("%d rows in %d batches", next, len(batches))
	}
	settle(t)
}

func TestForgottenImportIsCollected(t *testing.T) {
	before := arrowbridge.Forgotten()
	func() {
		arr, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
		defer arrowbridge.DropArray(arr)
		defer arrowbridge.DropSchema(schema)
		if err := python.Do(func() error {
			none, err := call("make", python.Str("pa.array([1])"), pointer(arr), pointer(schema))
			none.Drop()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := arrowbridge.Import(arr, schema, types.Of(types.BigInt)); err != nil {
			t.Fatal(err)
		}
	}()
	deadline := time.Now().Add(10 * time.Second)
	for arrowbridge.Forgotten() == before && time.Now().Before(deadline) {
		runtime.GC()
		runtime.Gosched()
	}
	if arrowbridge.Forgotten() != before+1 {
		t.Error("the collector did not give the import back")
	}
	settle(t)
}

// rssMiB is the resident memory of the process.
func rssMiB(t *testing.T) float64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc")
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(raw), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return float64(resident*int64(os.Getpagesize())) / (1 << 20)
}

func TestManyBatchesStayFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 batches")
	}
	typ := types.String()
	var start float64
	for i := range 100_000 {
		if i == 20_000 {
			runtime.GC()
			start = rssMiB(t)
		}
		identity(t, sample(typ, 64), typ)
	}
	runtime.GC()
	if end := rssMiB(t); end > math.Max(start*1.05, start+16) {
		t.Errorf("resident memory grew from %.0f to %.0f MiB", start, end)
	}
	settle(t)
}

// identity sends a column to pyarrow and takes it back.
func identity(tb testing.TB, col *batch.Column, typ types.Type) {
	arr, out := arrowbridge.NewArray(), arrowbridge.NewArray()
	schema, outSchema := arrowbridge.NewSchema(), arrowbridge.NewSchema()
	defer arrowbridge.DropArray(arr)
	defer arrowbridge.DropArray(out)
	defer arrowbridge.DropSchema(schema)
	defer arrowbridge.DropSchema(outSchema)
	arrowbridge.Export(col, arr)
	arrowbridge.ExportType("", typ, schema)
	err := python.Do(func() error {
		none, err := call("identity", pointer(arr), pointer(schema), pointer(out),
			pointer(outSchema))
		none.Drop()
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	back, err := arrowbridge.Import(out, outSchema, typ)
	if err != nil {
		tb.Fatal(err)
	}
	back.Release()
}

func TestErrorReleasesOnce(t *testing.T) {
	col := sample(types.Of(types.Int), 5)
	arr, schema := arrowbridge.NewArray(), arrowbridge.NewSchema()
	arrowbridge.Export(col, arr)
	arrowbridge.ExportType("", types.String(), schema) // wrong on purpose: buffers do not fit
	err := python.Do(func() error {
		_, err := call("take", pointer(arr), pointer(schema))
		return err
	})
	if err == nil {
		t.Error("pyarrow took an int column for strings")
	}
	arrowbridge.DropArray(arr)
	arrowbridge.DropSchema(schema)
	runtime.GC()
	settle(t)
}

func BenchmarkExport(b *testing.B) {
	schema := types.NewSchema(types.F("a", types.Of(types.BigInt)),
		types.F("b", types.Of(types.Double)), types.F("c", types.String()))
	cols := make([]*batch.Column, 3)
	for i, f := range schema.Fields {
		cols[i] = sample(f.Type, 8192)
	}
	in := batch.New(schema, cols, 8192)
	b.ReportAllocs()
	for range b.N {
		arr := arrowbridge.NewArray()
		arrowbridge.ExportBatch(in, arr)
		arrowbridge.DropArray(arr)
	}
}
