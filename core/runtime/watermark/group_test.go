package watermark

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
)

func TestFastMemberWaitsForTheSlowestWithinTheDrift(t *testing.T) {
	g := &Group{}
	fast, slow := g.Join(), g.Join()
	g.Report(fast, 100)
	if g.Ahead(100, 10) {
		t.Error("ahead of a member that has not begun")
	}
	g.Report(slow, 50)
	if !g.Ahead(100, 10) || g.Ahead(100, 50) || g.Ahead(50, 0) {
		t.Error("100 is ahead of 50 by more than 10, not by more than 50; 50 is not ahead")
	}
	g.Report(slow, batch.MaxWatermark) // idle
	if g.Ahead(100, 10) {
		t.Error("an idle member holds another back")
	}
	g.Report(slow, 50)
	g.Leave(slow)
	if g.Ahead(100, 10) {
		t.Error("a member that has left holds another back")
	}
}
