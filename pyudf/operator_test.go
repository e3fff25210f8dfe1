package pyudf

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/operatortest"
	chain "github.com/headrace/headrace/core/runtime/operator/process"
)

var (
	long     = &planpb.TypeInfo{Kind: "LONG"}
	text     = &planpb.TypeInfo{Kind: "STRING"}
	keyedLog = plan.KeyedSchema(long, text)
)

// node makes a stage of a typed chain.
func node(t *testing.T, kind, source string, out *planpb.TypeInfo, ports ...bool) chain.Stage {
	t.Helper()
	op := &plan.Python{Spec: &planpb.PythonOp{Kind: kind, Function: code(t, kind, "", source)},
		Output: out, Keyed: ports}
	for _, keyed := range ports {
		op.Spec.Inputs = append(op.Spec.Inputs, long)
		op.Spec.Keys = append(op.Spec.Keys, nil)
		if keyed {
			op.Spec.Keys[len(op.Spec.Keys)-1] = text
		}
	}
	return chain.Stage{Op: op, Name: kind, UID: kind, Origin: "job.py:7"}
}

func schemasOf(outs ...*planpb.TypeInfo) []*types.Schema {
	var s []*types.Schema
	for _, o := range outs {
		s = append(s, plan.StreamSchema(o))
	}
	return s
}

// kr is a keyed row; the key is a one-letter str.
func kr(key string, v int) operatortest.Row {
	return operatortest.R(v, key, []byte("\x01\x05\x01"+key))
}

func TestOperatorKeyedProcess(t *testing.T) {
	h := NewHost(nil) // the harness runs on goroutines of its own
	stage := node(t, "keyed_process", `
class F:
    def open(self, ctx):
        class ValueStateDescriptor:
            name = "sum"
        class ListStateDescriptor:
            name = "all"
        self.sum = ctx.get_state(ValueStateDescriptor())
        self.all = ctx.get_list_state(ListStateDescriptor())
    def process_element(self, v, ctx):
        self.sum.update((self.sum.value() or 0) + v)
        self.all.add(v)
        ctx.timer_service().register_event_time_timer(ctx.timestamp() + 10)
        yield f"{ctx.get_current_key()}{self.sum.value()}@{ctx.current_watermark() > 0}"
    def on_timer(self, t, ctx):
        if len(list(self.all.get())) == 2:
            ctx.timer_service().register_event_time_timer(t + 1)
            self.all.add(0)
        yield f"{ctx.get_current_key()}:{list(self.all.get())}:{ctx.current_watermark()}"
f = F()`, text, true)
	operatortest.Run(t, operatortest.Script{
		New: func() operator.Operator {
			return chain.New([]chain.Stage{stage}, schemasOf(text))
		},
		Keys: [][]int{{2}}, UDF: h, AnyOrder: true, BatchRows: 2,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1).At(1), kr("b", 5).At(2), kr("a", 2).At(3)),
				Want: []string{"+I(a1@False)@1", "+I(b5@False)@2", "+I(a3@False)@3"}},
			{In: operatortest.Rows(keyedLog, kr("b", 1).At(4), operatortest.Mark(12),
				kr("c", 7).At(13)),
				Want: []string{"+I(b6@False)@4", "+I(a:[1, 2, 0]:12)@11", "+I(a:[1, 2, 0]:12)@12",
					"+I(b:[5, 1, 0]:12)@12", "wm 12", "+I(c7@True)@13"}},
			{In: operatortest.Watermark(13),
				Want: []string{"+I(a:[1, 2, 0]:13)@13", "+I(b:[5, 1, 0]:13)@13", "wm 13"}},
			{In: operatortest.Watermark(30),
				Want: []string{"+I(b:[5, 1, 0]:30)@14", "+I(c:[7]:30)@23", "wm 30"}},
		},
	})
}

func TestOperatorReduceThenMap(t *testing.T) {
	h := NewHost(nil) // the harness runs on goroutines of its own
	stages := []chain.Stage{node(t, "reduce", "f = lambda a, b: a + b", long, true),
		node(t, "flat_map", "f = lambda v: range(v)", long)}
	operatortest.Run(t, operatortest.Script{
		New:  func() operator.Operator { return chain.New(stages, schemasOf(long)) },
		Keys: [][]int{{2}}, UDF: h, BatchRows: 1,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1), kr("a", 2)),
				Want: []string{"+I(0)", "+I(0)", "+I(1)", "+I(2)"}},
			{In: operatortest.Rows(keyedLog, kr("a", -1)), Want: []string{"+I(0)", "+I(1)"}},
		},
	})
	operatortest.Run(t, operatortest.Script{
		New:  func() operator.Operator { return chain.New(stages[:1], schemasOf(long)) },
		Keys: [][]int{{2}}, UDF: h, BatchMode: true, AnyOrder: true,
		Steps: []operatortest.Step{
			{In: operatortest.Rows(keyedLog, kr("a", 1), kr("b", 9), kr("a", 2))},
			{In: operatortest.End(0),
				Want: []string{"wm 9223372036854775807", "+I(3)@9223372036854775807",
					"+I(9)@9223372036854775807"}},
		},
	})
}
