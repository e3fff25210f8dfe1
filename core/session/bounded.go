package session

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// bounded says (Found) whether a query comes to an end by itself: whether all of its sources do.
// The query is planned, not run.
func (s *Session) bounded(rel logical.Rel, g *plan.Graph) (*Answer, error) {
	roots, p, err := s.optimize(g, rel)
	if err != nil {
		return nil, err
	}
	if _, err := p.Plan(roots[0], false); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		if src, ok := n.Op.(*plan.Source); ok && !src.Source.Bounded() {
			return &Answer{Kind: "success"}, nil
		}
	}
	return &Answer{Kind: "success", Found: true}, nil
}
