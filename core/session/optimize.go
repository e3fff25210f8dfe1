package session

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/physical"
	"github.com/headrace/headrace/core/sql/rule"
)

var (
	reuseSubPlans = config.Bool("table.optimizer.reuse-sub-plan-enabled", true,
		"Whether equal parts of a job's statements are planned once.")
	reorderJoins = config.Bool("table.optimizer.join-reorder-enabled", true,
		"Whether inner joins of a batch query are put into the order that statistics suggest. "+
			"Flink's default is false.")
	bushyJoins = config.Int("table.optimizer.bushy-join-reorder-threshold", 12,
		"Of how many joined relations all orders are compared; of more, the best next join is "+
			"taken again and again.")
	splitDistinct = config.Bool("table.optimizer.distinct-agg.split.enabled", false,
		"Whether DISTINCT aggregates over a stream are computed in two steps: by buckets of the "+
			"distinct column's values, then over these. That spreads hot keys.")
	distinctBuckets = config.Int("table.optimizer.distinct-agg.split.bucket-num", 1024,
		"Into how many buckets the values of a split DISTINCT aggregate fall.")
	multiJoin = config.Bool("table.optimizer.multi-join.enabled", false,
		"Whether chains of inner and left joins of streams that have a key in common are one "+
			"operator, which keeps no rows of what part of them give.")
	pushFilters = config.Bool("table.optimizer.source.predicate-pushdown-enabled", true,
		"Whether sources are told conditions, so that they leave out what cannot match.")
	pushAggregates = config.Bool("table.optimizer.source.aggregate-pushdown-enabled", true,
		"Whether a source of a batch is asked for COUNT, MIN and MAX, which it may know without "+
			"reading the rows.")
)

// ruleOptions are what the rules may do, and how they find sources.
func (s *Session) ruleOptions() (rule.Options, error) {
	o := rule.Options{Batch: s.batchMode()}
	o.Eval = kernel.NewContext(clock.System{})
	var err error
	if o.Eval.Zone, err = kernel.LoadLocation(zone(s.config)); err != nil {
		return o, err
	}
	if o.KeepFilters, err = off(pushFilters, s.config); err != nil {
		return o, err
	}
	if o.KeepAggregates, err = off(pushAggregates, s.config); err != nil {
		return o, err
	}
	if o.KeepJoins, err = off(reorderJoins, s.config); err != nil {
		return o, err
	}
	if o.BushyJoins, err = bushyJoins.Get(config.Map(s.config)); err != nil {
		return o, err
	}
	if split, err := splitDistinct.Get(config.Map(s.config)); err != nil {
		return o, err
	} else if split {
		if o.DistinctBuckets, err = distinctBuckets.Get(config.Map(s.config)); err != nil {
			return o, err
		}
	}
	if o.MultiJoin, err = multiJoin.Get(config.Map(s.config)); err != nil {
		return o, err
	}
	made := map[*logical.Scan]connector.Source{}
	o.Source = func(r *logical.Scan) (connector.Source, error) {
		if src := made[r]; src != nil {
			return src, nil
		}
		src, err := s.newSource(r.Table, r.Options, r.Out)
		if err == nil {
			made[r] = src
		}
		return src, err
	}
	return o, nil
}

// optimize rewrites the trees of the statements of one job and makes the planner that plans them
// into g.
func (s *Session) optimize(
	g *plan.Graph, roots ...logical.Rel,
) ([]logical.Rel, *physical.Planner, error) {
	o, err := s.ruleOptions()
	if err != nil {
		return nil, nil, err
	}
	noReuse, err := off(reuseSubPlans, s.config)
	if err != nil {
		return nil, nil, err
	}
	o.Apart = noReuse || !rule.Shareable(roots, o.Batch)
	p, err := s.planner(g)
	if err != nil {
		return nil, nil, err
	}
	if !o.Apart {
		p.Reuse()
	}
	return rule.ApplyAll(roots, o), p, nil
}

func off(o *config.Option[bool], cfg map[string]string) (bool, error) {
	on, err := o.Get(config.Map(cfg))
	return !on, err
}
