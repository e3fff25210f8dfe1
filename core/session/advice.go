package session

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/rule"
)

// advice is what EXPLAIN PLAN_ADVICE recommends: the text, and a mark for the operators that a
// recommendation is about.
func (s *Session) advice(
	g *plan.Graph, optimized []logical.Rel,
) (text string, mark func(n *plan.Node) string, err error) {
	var list []string
	marks := map[*plan.Node]int{}
	add := func(what string, about func(op plan.Op) bool) {
		list = append(list, fmt.Sprintf("advice[%d]: [ADVICE] %s", len(list)+1, what))
		for _, n := range g.Nodes {
			if about(n.Op) && marks[n] == 0 {
				marks[n] = len(list)
			}
		}
	}
	if !s.batchMode() {
		settings, err := s.twoPhaseSettings()
		if err != nil {
			return "", nil, err
		}
		if has(g, onePhase) && len(settings) > 0 {
			add("You might want to enable local-global two-phase optimization by configuring ("+
				strings.Join(settings, ", ")+").", onePhase)
		}
		if rule.Chains(optimized) {
			add("You might want to join tables that have a key in common in one operator, which keeps "+
				"less state, by configuring ('"+multiJoin.Key+"' to 'true').", regularJoin)
		}
	}
	mark = func(n *plan.Node) string {
		if at := marks[n]; at > 0 {
			return fmt.Sprintf("advice=[%d]", at)
		}
		return ""
	}
	if len(list) == 0 {
		return "\nNo available advice...\n", mark, nil
	}
	return "\n" + strings.Join(list, "\n") + "\n", mark, nil
}

func has(g *plan.Graph, is func(op plan.Op) bool) bool {
	for _, n := range g.Nodes {
		if is(n.Op) {
			return true
		}
	}
	return false
}

func onePhase(op plan.Op) bool {
	a, ok := op.(*plan.GroupAggregate)
	return ok && a.Phase == plan.SinglePhase && !a.TableAgg
}

func regularJoin(op plan.Op) bool { _, ok := op.(*plan.Join); return ok }

// twoPhaseSettings are the settings that keep aggregations of streams in one phase.
func (s *Session) twoPhaseSettings() ([]string, error) {
	cfg := config.Map(s.config)
	var out []string
	on, err := miniBatch.Get(cfg)
	if err != nil {
		return nil, err
	}
	latency, err := miniBatchLatency.Get(cfg)
	if err != nil {
		return nil, err
	}
	size, err := miniBatchSize.Get(cfg)
	if err != nil {
		return nil, err
	}
	if !on {
		out = append(out, "'"+miniBatch.Key+"' to 'true'")
	}
	if latency <= 0 {
		out = append(out, "'"+miniBatchLatency.Key+"' to a positive long value")
	}
	if size <= 0 {
		out = append(out, "'"+miniBatchSize.Key+"' to a positive long value")
	}
	phases, err := aggPhases.Get(cfg)
	if phases == "ONE_PHASE" {
		out = append(out, "'"+aggPhases.Key+"' to 'AUTO'")
	}
	return out, err
}
