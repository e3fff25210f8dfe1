package function

import "slices"

// aggregateDeclarations lists the aggregate functions in the order of the reference page.
func aggregateDeclarations() []*Aggregate {
	return slices.Concat(
		[]*Aggregate{countAggregate()}, sumAggregates(), extremeAggregates(), statAggregates(),
		valueAggregates(), listAggregates(), []*Aggregate{approxAggregate(), percentileAggregate()},
		jsonAggregates(), bitmapAggregates(),
	)
}
