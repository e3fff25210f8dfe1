package memory

import (
	"sync"
	"testing"
)

func TestFairSharesAreGuaranteed(t *testing.T) {
	b := New(100)
	a := b.Open("a")
	if !a.Reserve(90) {
		t.Fatal("there was room")
	}
	c := b.Open("c")
	if a.Over() != 0 {
		t.Error("nothing is over yet")
	}
	if !c.Reserve(50) {
		t.Fatal("a fair share was refused")
	}
	if c.Reserve(1) {
		t.Error("more than the share was granted though the budget is full")
	}
	if got := a.Over(); got != 40 {
		t.Errorf("a is asked for %d", got)
	}
	if c.Over() != 0 {
		t.Error("c is within its share")
	}
	a.Add(-40)
	if a.Over() != 0 || b.Used() != 100 {
		t.Errorf("over %d, used %d", a.Over(), b.Used())
	}
	a.Close()
	a.Close()
	a.Add(7) // a holder that comes back late
	if !c.Reserve(50) || b.Used() != 100 {
		t.Errorf("what a had is not free: used %d", b.Used())
	}
}

func TestHoldersSayWhoHasWhat(t *testing.T) {
	b := New(0)
	x, y := b.Open("sort"), b.Open("join")
	x.Add(5)
	y.Add(9)
	y.Add(-3)
	got := b.Holders()
	if len(got) != 2 || got[0] != (Holder{"join", 6, 9}) || got[1] != (Holder{"sort", 5, 5}) {
		t.Errorf("%v", got)
	}
	if x.Over() != 0 || !x.Reserve(1<<60) {
		t.Error("no limit was set")
	}
}

func TestNilIsWithoutLimit(t *testing.T) {
	var b *Budget
	a := b.Open("x")
	if a != nil || !a.Reserve(1<<40) || a.Over() != 0 || a.Used() != 0 {
		t.Error("a nil account has a limit")
	}
	a.Add(4)
	a.Close()
}

func TestManyHoldersAtOnce(t *testing.T) {
	b := New(1000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a := b.Open("worker")
			defer a.Close()
			for range 1000 {
				if a.Reserve(10) {
					a.Add(-10)
				}
			}
		})
	}
	wg.Wait()
	if b.Used() != 0 || len(b.Holders()) != 0 {
		t.Errorf("used %d, %d holders", b.Used(), len(b.Holders()))
	}
}

func TestMachineHasABudget(t *testing.T) {
	if n := Machine().Limit(); n < 64<<20 {
		t.Errorf("%d bytes", n)
	}
}
