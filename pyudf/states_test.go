package pyudf

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/operatortest"
	chain "github.com/headrace/headrace/core/runtime/operator/process"
)

// ttl is a descriptor's configuration as the API makes it, of 100 ms.
const ttl = `
class E:
    def __init__(self, name): self.name = name
class Ttl:
    def __init__(self, update="OnCreateAndWrite", seen="NeverReturnExpired"):
        self.update, self.seen = update, seen
    def get_ttl(self): return self
    def to_milliseconds(self): return 100
    def get_update_type(self): return E(self.update)
    def get_state_visibility(self): return E(self.seen)
def descriptor(kind, name, ttl=None, **methods):
    made = type(kind + "StateDescriptor", (), {"name": name, "_ttl_config": ttl})()
    for k, v in methods.items():
        setattr(made, k, lambda v=v: v)
    return made
`

func keyedScript(t *testing.T, source string, steps ...operatortest.Step) operatortest.Script {
	stage := node(t, "keyed_process", ttl+source, text, true)
	return operatortest.Script{
		New:  func() operator.Operator { return chain.New([]chain.Stage{stage}, schemasOf(text)) },
		Keys: [][]int{{2}}, UDF: NewHost(nil), AnyOrder: true, Steps: steps}
}

func keyedRows(items ...any) operatortest.Input { return operatortest.Rows(keyedLog, items...) }

func TestStateTimeToLive(t *testing.T) {
	operatortest.Run(t, keyedScript(t, `
class F:
    def open(self, ctx):
        self.v = ctx.get_state(descriptor("Value", "v", Ttl()))
        self.r = ctx.get_state(descriptor("Value", "r", Ttl("OnReadAndWrite")))
        self.m = ctx.get_map_state(descriptor("Map", "m", Ttl()))
        self.l = ctx.get_list_state(descriptor("List", "l", Ttl()))
    def process_element(self, v, ctx):
        yield f"{self.v.value()} {self.r.value()} {sorted(self.m.items())} {list(self.l.get())}"
        if v > 0:
            self.v.update(v)
            self.r.update(v)
            self.m.put(v, -v)
            self.l.add(v)
f = F()`,
		operatortest.Step{In: operatortest.Clock(1000)},
		operatortest.Step{In: keyedRows(kr("a", 1)), Want: []string{"+I(None None [] [])"}},
		operatortest.Step{In: operatortest.Clock(1060)},
		operatortest.Step{In: keyedRows(kr("a", 0)), Want: []string{"+I(1 1 [(1, -1)] [1])"}},
		operatortest.Step{In: operatortest.Clock(1100)},
		operatortest.Step{In: keyedRows(kr("a", 2)), Want: []string{"+I(None 1 [] [])"}},
		operatortest.Step{In: operatortest.Clock(1190)},
		operatortest.Step{In: keyedRows(kr("a", 0)), Want: []string{"+I(2 2 [(2, -2)] [2])"}},
		operatortest.Step{In: operatortest.Clock(1250)},
		operatortest.Step{In: keyedRows(kr("a", 0)), Want: []string{"+I(None 2 [] [])"}},
	))
}

// TestStatesTellTheirTimeToLive so that the operator cleans up after keys that nobody asks for.
func TestStatesTellTheirTimeToLive(t *testing.T) {
	p := open(t, host(t), specFor(stage(t, "keyed_process", ttl+`
class F:
    def open(self, ctx):
        ctx.get_state(descriptor("Value", "short", Ttl()))
        ctx.get_list_state(descriptor("List", "forever"))
    def process_element(self, v, ctx): pass
f = F()`)))
	got := map[string]int64{}
	for _, s := range p.States() {
		got[s.Name] = s.TTLMs
	}
	if got["short"] != 100 || got["forever"] != 0 {
		t.Errorf("times to live %v", got)
	}
}

func TestStateKinds(t *testing.T) {
	operatortest.Run(t, keyedScript(t, `
class Mean:
    def create_accumulator(self): return [0, 0]
    def add(self, value, acc):
        acc[0] += value
        acc[1] += 1
        return acc
    def get_result(self, acc): return acc[0] / acc[1]
class F:
    def open(self, ctx):
        self.ctx = ctx
        self.kept = []
        self.mean = ctx.get_aggregating_state(descriptor("Aggregating", "mean", get_agg_function=Mean()))
        self.top = ctx.get_reducing_state(descriptor("Reducing", "top", get_reduce_function=max))
        self.seen = ctx.get_state(descriptor("Value", "seen"))
    def process_element(self, v, ctx):
        late = self.ctx.get_state(descriptor("Value", "late"))
        late.update((late.value() or 0) + 1)
        self.mean.add(v)
        self.top.add(v)
        seen = self.seen.value()
        if seen is None:
            self.kept.clear()
            self.seen.update(self.kept)
            seen = self.seen.value()
        seen.append(v)          # in place, no update()
        self.kept.append("not in the state")
        yield f"{self.mean.get()} {self.top.get()} {seen} {late.value()}"
f = F()`,
		operatortest.Step{In: keyedRows(kr("a", 4), kr("b", 1)),
			Want: []string{"+I(4.0 4 [4] 1)", "+I(1.0 1 [1] 1)"}},
		operatortest.Step{In: keyedRows(kr("a", 2), kr("a", 9)),
			Want: []string{"+I(3.0 4 [4, 2] 2)", "+I(5.0 9 [4, 2, 9] 3)"}},
		operatortest.Step{In: keyedRows(kr("b", 1)), Want: []string{"+I(1.0 1 [1, 1] 2)"}},
	))
}

func TestStateNeedsAKey(t *testing.T) {
	h := host(t)
	for source, want := range map[string]string{
		"self.v = ctx.get_state(descriptor('Value', 'v'))\n    self.v.value()": "belongs to a key",
		"": "",
	} {
		p, err := h.NewProcess(specFor(stage(t, "keyed_process",
			ttl+"class F:\n  def open(self, ctx):\n    "+source+"\n    pass\n"+
				"  def process_element(self, v, ctx): pass\nf = F()")))
		if err != nil {
			t.Fatal(err)
		}
		err = p.Open(nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", source, err)
		}
		_ = p.Close()
	}
	p, err := h.NewProcess(specFor(stage(t, "map", ttl+
		"class F:\n  def open(self, ctx): ctx.get_state(descriptor('Value', 'v'))\n"+
		"  def map(self, v): return v\nf = F()")))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Open(nil); err == nil || !strings.Contains(err.Error(), "call key_by() first") {
		t.Errorf("state without a key: %v", err)
	}
}

// TestObjectOutputsBecomeTheirType covers types that no column holds.
func TestObjectOutputsBecomeTheirType(t *testing.T) {
	h := host(t)
	ti := &planpb.TypeInfo{Kind: "ROW", Names: []string{"a", "b"},
		Children: []*planpb.TypeInfo{{Kind: "BIG_INT"}, {Kind: "SHORT"}}}
	if k := plan.ValueType(ti).Kind; k != types.Object {
		t.Fatalf("BIG_INT has become a column of kind %v", k)
	}
	spec := specFor(stage(t, "map", "f = lambda v: (2**70, 40000)"))
	spec.Outputs[0] = ti
	p := open(t, h, spec)
	feed(t, p, objectsOf(t, h, "[0]"), nil)
	if got := drain(t, h, p, 1); got[0] != "Row(a=1180591620717411303424, b=-25536)" {
		t.Errorf("got %v", got)
	}
}
