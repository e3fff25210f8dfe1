package pyudf

import (
	"reflect"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/operatortest"
	chain "github.com/headrace/headrace/core/runtime/operator/process"
	"github.com/headrace/headrace/core/udf"
)

var logSchema = plan.StreamSchema(long)

func TestOperatorConnected(t *testing.T) {
	h := NewHost(nil)
	stage := node(t, "co_map", `
class F:
    def map1(self, v): return v + 1
    def map2(self, v): return None if v == 0 else -v
f = F()`, long, false, false)
	operatortest.Run(t, operatortest.Script{
		New: func() operator.Operator { return chain.New([]chain.Stage{stage}, schemasOf(long)) },
		UDF: h,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(logSchema, operatortest.R(1), operatortest.R(2)),
				Want: []string{"+I(2)", "+I(3)"}},
			{In: operatortest.Rows(logSchema, operatortest.R(0), operatortest.R(7)).On(1),
				Want: []string{"+I(-7)"}},
		},
	})
}

func TestOperatorKeyedConnectedSharesState(t *testing.T) {
	h := NewHost(nil)
	stage := node(t, "keyed_co_process", `
class F:
    def open(self, ctx):
        class MapStateDescriptor:
            name = "seen"
        self.seen = ctx.get_map_state(MapStateDescriptor())
    def process_element1(self, v, ctx):
        self.seen.put("left", v)
        ctx.timer_service().register_processing_time_timer(100)
        yield from self.show()
    def process_element2(self, v, ctx):
        self.seen.put("right", v)
        return self.show()
    def on_timer(self, t, ctx):
        yield f"{t} {sorted(self.seen.keys())}"
        self.seen.clear()
    def show(self):
        return [str(sorted(self.seen.items()))]
f = F()`, text, true, true)
	operatortest.Run(t, operatortest.Script{
		New:  func() operator.Operator { return chain.New([]chain.Stage{stage}, schemasOf(text)) },
		Keys: [][]int{{2}, {2}}, UDF: h, AnyOrder: true,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1)), Want: []string{"+I([('left', 1)])"}},
			{In: operatortest.Rows(keyedLog, kr("a", 2), kr("b", 3)).On(1),
				Want: []string{"+I([('left', 1), ('right', 2)])", "+I([('right', 3)])"}},
			{In: operatortest.Clock(99)},
			{In: operatortest.Clock(100), Want: []string{"+I(100 ['left', 'right'])"}},
			{In: operatortest.Rows(keyedLog, kr("a", 4)).On(1),
				Want: []string{"+I([('right', 4)])"}},
		},
	})
}

func TestOperatorBroadcast(t *testing.T) {
	h := NewHost(nil)
	stage := node(t, "keyed_broadcast_process", `
class MapStateDescriptor:
    name = "rules"
class ValueStateDescriptor:
    name = "sum"
class F:
    def open(self, ctx):
        self.sum = ctx.get_state(ValueStateDescriptor())
    def process_element(self, v, ctx):
        rules = ctx.get_broadcast_state(MapStateDescriptor())
        self.sum.update((self.sum.value() or 0) + v)
        yield f"{self.sum.value()} {sorted(rules.items())}"
    def process_broadcast_element(self, v, ctx):
        ctx.get_broadcast_state(MapStateDescriptor()).put(v, v * 2)
        def double(key, state):
            state.update(state.value() * 2)
        ctx.apply_to_keyed_state(ValueStateDescriptor(), double)
f = F()`, text, true, false)
	operatortest.Run(t, operatortest.Script{
		New: func() operator.Operator { return chain.New([]chain.Stage{stage}, schemasOf(text)) },
		UDF: h,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1), kr("b", 2)),
				Want: []string{"+I(1 [])", "+I(2 [])"}},
			{In: operatortest.Rows(logSchema, operatortest.R(5), operatortest.R(6)).On(1)},
			{In: operatortest.Rows(keyedLog, kr("a", 1), kr("b", 2)),
				Want: []string{"+I(5 [(5, 10), (6, 12)])", "+I(10 [(5, 10), (6, 12)])"}},
		},
	})
}

// windows is a keyed operator as windows are written: state and timers by namespace.
const windows = `
class ReducingStateDescriptor:
    name = "sum"
    def get_reduce_function(self): return lambda a, b: a + b
class F:
    def open(self, ctx):
        self.sum = ctx.get_namespaced_state(ReducingStateDescriptor())
    def process_element(self, v, ctx):
        start = ctx.timestamp() // 10 * 10
        for s in (start, start - 10):
            self.sum.set_current_namespace((s, s + 20))
            self.sum.add(v)
            ctx.register_event_timer((s, s + 20), s + 19)
            if v == 100:
                ctx.delete_event_timer((s, s + 20), s + 19)
    def on_event_time(self, t, namespace, ctx):
        ctx.set_timestamp(t)
        self.sum.set_current_namespace(namespace)
        yield f"{ctx.get_current_key()}{namespace}={self.sum.get()}"
        self.sum.clear()
    def end_input(self, port, ctx):
        yield "end"
f = F()`

func TestOperatorNamespaces(t *testing.T) {
	h := NewHost(nil)
	stage := node(t, "keyed_operator", windows, text, true)
	operatortest.Run(t, operatortest.Script{
		New:  func() operator.Operator { return chain.New([]chain.Stage{stage}, schemasOf(text)) },
		Keys: [][]int{{2}}, UDF: h, AnyOrder: true,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1).At(5), kr("a", 2).At(12),
				kr("b", 4).At(5))},
			{In: operatortest.Watermark(9),
				Want: []string{"+I(a(-10, 10)=1)@9", "+I(b(-10, 10)=4)@9", "wm 9"}},
			{In: operatortest.Rows(keyedLog, kr("b", 100).At(5))},
			{In: operatortest.Watermark(29),
				Want: []string{"+I(a(0, 20)=3)@19", "+I(a(10, 30)=2)@29", "wm 29"}},
		},
	})
}

func TestSideOutputs(t *testing.T) {
	h := host(t)
	st := stage(t, "process", `
class OutputTag:
    def __init__(self, tag_id): self.tag_id = tag_id
class F:
    def process_element(self, v, ctx):
        yield OutputTag("even" if v % 2 == 0 else "lost"), [v]
        yield "main", v
f = F()`)
	st.Sides = []udf.Side{{Tag: "even", Output: 1}}
	p := open(t, h, specFor(st, stage(t, "map", "f = lambda v: v[1]")))
	feed(t, p, objectsOf(t, h, "[1, 2, 3, 4]"), nil)
	if got := drain(t, h, p, 100); !reflect.DeepEqual(got, []string{"1", "2", "3", "4"}) {
		t.Errorf("main output %v", got)
	}
	b, err := p.Take(1)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if got := reprs(t, h, b.Cols[0]); !reflect.DeepEqual(got, []string{"[2]", "[4]"}) {
		t.Errorf("side output %v", got)
	}
}

func TestTypedEdges(t *testing.T) {
	h := NewHost(nil)
	info := func(kind string, kids ...*planpb.TypeInfo) *planpb.TypeInfo {
		return &planpb.TypeInfo{Kind: kind, Children: kids}
	}
	float, byteType := info("FLOAT"), info("BYTE")
	for _, c := range []struct {
		name, out, want string
		ti              *planpb.TypeInfo
	}{
		{"tuple", "(1, 'a')", "(1, 'a')", info("TUPLE", long, text)},
		{"row", "Row(1, 'a')", "Row(f0=1, f1='a')", info("ROW", long, text)},
		{"list of tuples", "[(1, 'a')]", "[(1, 'a')]", info("LIST", info("TUPLE", long, text))},
		{"float", "0.1", "0.10000000149011612", float},
		{"double of an int", "3", "3.0", info("DOUBLE")},
		{"int of a bool", "True", "1", info("INT")},
		{"list as bytes", "[-1, 127]", `b'\\xff\\x7f'`, info("PRIMITIVE_ARRAY", byteType)},
		{"bytes", `b'\xff\x7f'`, `b'\\xff\\x7f'`, info("PRIMITIVE_ARRAY", byteType)},
		{"list of bytes", "[-1, 127]", "[-1, 127]", info("LIST", byteType)},
		{"map", "{'a': None}", "{'a': None}", info("MAP", text, long)},
		{"none", "None", "None", long},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := specFor(stage(t, "map",
				"from headrace.common.types import Row\nf = lambda v: "+c.out))
			spec.Outputs[0], spec.Schemas = c.ti, schemasOf(c.ti)
			first := open(t, h, spec)
			feed(t, first, objectsOf(t, h, "[0]"), nil)
			col := takeOne(t, first)
			spec = specFor(stage(t, "map", "f = repr"))
			spec.Inputs[0] = c.ti
			second := open(t, h, spec)
			feed(t, second, col, nil)
			if got := drain(t, h, second, 10); got[0] != `"`+c.want+`"` && got[0] != "'"+c.want+"'" &&
				strings.ReplaceAll(got[0], `\'`, `'`) != "'"+c.want+"'" {
				t.Errorf("%s came back as %s, want %s", c.out, got[0], c.want)
			}
		})
	}
}

func takeOne(t *testing.T, p udf.Process) *batch.Column {
	t.Helper()
	if _, err := runSlices(p); err != nil {
		t.Fatal(err)
	}
	b, err := p.Take(0)
	if err != nil {
		t.Fatal(err)
	}
	return b.Cols[0]
}

func TestTypedMismatchNamesTheValue(t *testing.T) {
	h := host(t)
	ti := &planpb.TypeInfo{Kind: "TUPLE", Children: []*planpb.TypeInfo{long, text}}
	spec := specFor(stage(t, "map", "f = lambda v: [2, 'b']"))
	spec.Outputs[0], spec.Schemas = ti, schemasOf(ti)
	p := open(t, h, spec)
	feed(t, p, objectsOf(t, h, "[0]"), nil)
	_, err := runSlices(p)
	if err == nil || !strings.Contains(err.Error(), "Expected tuple, got list") ||
		!strings.Contains(err.Error(), "[2, 'b']") {
		t.Errorf("got %v", err)
	}
}

func TestTimesAndPartitioner(t *testing.T) {
	h := host(t)
	col := objectsOf(t, h, "[30, 10, 20]")
	times, err := h.NewTimes(&udf.TimesSpec{
		Assigner: code(t, "assigner", "", `
class A:
    def extract_timestamp(self, value, record_timestamp): return value + record_timestamp
f = A()`),
		Generator: code(t, "generator", "", `
class G:
    def on_event(self, value, timestamp, output):
        if value != 10: output.emit_watermark(timestamp - 1)
    def on_periodic_emit(self, output): output.emit_watermark(99)
f = G()`)})
	if err != nil {
		t.Fatal(err)
	}
	defer times.Close()
	got := []int64{1, 2, 3}
	marks, err := times.Assign(col, got, nil)
	if err != nil || !reflect.DeepEqual(got, []int64{31, 12, 23}) ||
		!reflect.DeepEqual(marks, []batch.Mark{{Row: 1, Time: 30}, {Row: 3, Time: 22}}) {
		t.Errorf("times %v, marks %v, %v", got, marks, err)
	}
	if w, ok, err := times.Periodic(); w != 99 || !ok || err != nil {
		t.Errorf("periodic %d %v %v", w, ok, err)
	}
	part, err := h.NewPartitioner(code(t, "p", "", "f = lambda key, n: key % n"),
		code(t, "k", "", "f = lambda v: v // 10"))
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	targets := make([]int32, 3)
	if err := part.Partition(col, 2, targets); err != nil ||
		!reflect.DeepEqual(targets, []int32{1, 1, 0}) {
		t.Errorf("targets %v, %v", targets, err)
	}
}

func TestObjectsCopyAndEncode(t *testing.T) {
	h := host(t)
	o := h.Objects()
	col := objectsOf(t, h, "[[1, {'a': (2, [3])}], 'x', 7, None, {1}]")
	copied, err := o.Copy(col)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Release()
	change := open(t, h, specFor(stage(t, "map",
		"def f(v):\n  if type(v) is list: v[1]['a'][1].append(4)\n  return v")))
	feed(t, change, col, nil)
	drain(t, h, change, 100)
	want := []string{"[1, {'a': (2, [3])}]", "'x'", "7", "None", "{1}"}
	if got := reprs(t, h, copied); !reflect.DeepEqual(got, want) {
		t.Errorf("the copy is %v", got)
	}
	data, ends, err := o.Encode(copied, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := o.Decode(data, ends)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	if got := reprs(t, h, back); !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %v", got)
	}
	if back.Type.Kind != types.Object {
		t.Errorf("decoded a column of %s", back.Type)
	}
}
