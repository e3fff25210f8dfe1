package pyudf

import (
	"fmt"
	"testing"
	"time"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// asyncOf makes an async function and a channel that Wake writes to.
func asyncOf(t *testing.T, source string, options map[string]string) (udf.AsyncScalar,
	chan struct{}) {
	t.Helper()
	f := code(t, "f", "general", source)
	f.Kind, f.Options = "async_scalar", options
	bigint := types.Of(types.BigInt)
	woken := make(chan struct{}, 100)
	spec := &udf.AsyncSpec{ScalarSpec: *oneCall([]types.Type{bigint}, call(f, 1, bigint)),
		Wake: func() { woken <- struct{}{} }}
	a, err := host(t).AsyncScalar(spec)
	if err != nil {
		t.Fatal(err)
	}
	return a, woken
}

// await polls, each time it is woken, until a batch or an error comes.
func await(t *testing.T, a udf.AsyncScalar, woken chan struct{}) ([]*batch.Column, error) {
	t.Helper()
	for {
		out, err := a.Poll()
		if out != nil || err != nil {
			return out, err
		}
		select {
		case <-woken:
		case <-time.After(10 * time.Second):
			t.Fatal("no result within 10 s")
		}
	}
}

func TestAsyncKeepsOrderAndLimit(t *testing.T) {
	a, woken := asyncOf(t, `
import asyncio
class F:
    def open(self, ctx): self.now = self.most = 0
    async def eval(self, x):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02 if x < 10 else 0)
        self.now -= 1
        return self.most if x == 99 else x * 2
f = F()`, map[string]string{"max-concurrent-operations": "2"})
	defer a.Close()
	for _, in := range [][]int64{{1, 2, 3}, {10}, {99}} {
		if err := a.Submit([]*batch.Column{bigints(in...)}, len(in)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"[2 4 6]", "[20]", "[2]"} {
		out, err := await(t, a, woken)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(out[0].Arrow()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if a.Outstanding() != 0 {
		t.Errorf("%d batches outstanding", a.Outstanding())
	}
}

func TestAsyncRetryTimeoutError(t *testing.T) {
	const flaky = `
class F:
    def open(self, ctx): self.calls = 0
    async def eval(self, x):
        self.calls += 1
        if self.calls < 3: raise OSError("try again")
        return self.calls
f = F()`
	for _, c := range []struct {
		source  string
		options map[string]string
		want    string
		parts   []string
	}{
		{flaky, map[string]string{"retry-delay": "1 ms"}, "[3]", nil},
		{flaky, map[string]string{"retry-strategy": "NO_RETRY"}, "",
			[]string{"OSError: try again", "(5)", "'f'", "job.py:7"}},
		{"import asyncio\nasync def f(x): await asyncio.sleep(60)",
			map[string]string{"timeout": "20 ms"}, "", []string{"TimeoutError", "0.02 s"}},
		{"async def f(x): return 'text'", nil, "", []string{"TypeError", "BIGINT"}},
	} {
		a, woken := asyncOf(t, c.source, c.options)
		if err := a.Submit([]*batch.Column{bigints(5)}, 1); err != nil {
			t.Fatal(err)
		}
		out, err := await(t, a, woken)
		if c.parts != nil {
			wants(t, err, c.parts...)
		} else if err != nil || fmt.Sprint(out[0].Arrow()) != c.want {
			t.Errorf("got %v, %v, want %s", out, err, c.want)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAsyncCloseCancels(t *testing.T) {
	a, _ := asyncOf(t, "import asyncio\nasync def f(x): await asyncio.sleep(3600)", nil)
	if err := a.Submit([]*batch.Column{bigints(1, 2)}, 2); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("close took %s", took)
	}
}
