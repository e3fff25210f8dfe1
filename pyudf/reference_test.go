package pyudf

import (
	"testing"

	"github.com/headrace/headrace/cgo/python"
)

// TestFreshAndNamedTuplesAreNotCopied shows by identity what the walk lets through.
func TestWhatIsCopied(t *testing.T) {
	h := NewHost(nil)
	for _, c := range []struct{ name, source, want string }{
		{"scalar", "x = 'abc' * 20\nf = lambda v: x", "same"},
		{"tuple of scalars", "x = (1, 'a', (2.5, None))\nf = lambda v: x", "same"},
		{"named tuple", "import collections\nP = collections.namedtuple('P', 'a b')\n" +
			"x = P(1, 'b')\nf = lambda v: x", "same"},
		{"enumeration", "import http\nx = http.HTTPStatus.OK\nf = lambda v: x", "same"},
		{"decimal", "import decimal\nx = decimal.Decimal('1')\nf = lambda v: x", "same"},
		{"list", "x = [1]\nf = lambda v: x", "copied"},
		{"list in a tuple", "x = (1, [2])\nf = lambda v: x", "copied"},
		{"row", "from headrace.common.types import Row\nx = Row(1, [2])\nf = lambda v: x", "copied"},
		{"cyclic list", "x = [1]\nx.append(x)\nf = lambda v: x", "copied"},
		{"shared inside", "y = [1]\nx = [y, y]\nf = lambda v: x", "copied"},
		{"fresh list", "ids = {}\ndef f(v):\n  x = [v, [v]]\n  ids[v] = id(x)\n  return x", "fresh"},
		{"fresh row", "from headrace.common.types import Row\nids = {}\n" +
			"def f(v):\n  x = Row(v, 'a')\n  ids[v] = id(x)\n  return x", "fresh"},
		{"list that a fresh one holds", "y = [1]\ndef f(v): return [y]", "inner copied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask := c.source + "\ng = f\nclass F:\n  def map(self, v): return g(v)\n" +
				"  def notify_checkpoint_complete(self, address): self.check(address)\n"
			switch c.want {
			case "same":
				ask += "  def check(self, a): assert a == id(x)\n"
			case "copied":
				ask += "  def check(self, a): assert a != id(x)\n"
			case "fresh":
				ask += "  def check(self, a): assert a == ids[7]\n"
			default:
				ask += "  def check(self, a):\n    import ctypes\n" +
					"    o = ctypes.cast(a, ctypes.py_object).value\n    assert o[0] is not y, 'shared'\n"
			}
			p := open(t, h, specFor(stage(t, "map", ask+"f = F()")))
			feed(t, p, objectsOf(t, h, "[7]"), nil)
			col := takeOne(t, p)
			defer col.Release()
			if err := p.CheckpointComplete(int64(python.Handles(col)[0])); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReferencesAreGivenBack(t *testing.T) {
	h := host(t)
	alive := func() string {
		p := open(t, h, specFor(stage(t, "map", "import gc\n"+
			"f = lambda v: (gc.collect(), sum(type(o).__name__ == 'Tracked' for o in gc.get_objects()))[1]")))
		feed(t, p, objectsOf(t, h, "[0]"), nil)
		return drain(t, h, p, 1)[0]
	}
	columns := python.LiveObjectColumns()
	p, err := h.NewProcess(specFor(
		stage(t, "map", "class Tracked:\n  pass\n\ndef f(v):\n  t = Tracked()\n  t.v = v\n  return t"),
		stage(t, "flat_map", "f = lambda v: (v, v)"), stage(t, "key_by", "f = lambda v: v.v")))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Open(nil); err != nil {
		t.Fatal(err)
	}
	feed(t, p, objectsOf(t, h, "[1, 2, 3]"), nil)
	if _, err := p.Run(noTimers, 3, 1<<30); err != nil { // stops in the middle
		t.Fatal(err)
	}
	b, err := p.Take(0)
	if err != nil {
		t.Fatal(err)
	}
	if n := alive(); n == "0" {
		t.Error("no object is alive while a batch holds three")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	b.Release()
	if err := h.do(func() error { return nil }); err != nil { // drains the queue
		t.Fatal(err)
	}
	if n := alive(); n != "0" {
		t.Errorf("%s objects are still alive", n)
	}
	if n := python.LiveObjectColumns() - columns; n > 3 { // those of the test's own inputs
		t.Errorf("%d columns were not released", n)
	}
}
