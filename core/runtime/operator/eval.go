package operator

import (
	"math/rand/v2"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/udf"
)

var localTimeZone = config.String("table.local-time-zone", "",
	"The session time zone, \"Europe/Berlin\" or \"GMT+02:00\"; default: the machine's.")

// EvalContext is what the expressions of an operator are evaluated with; it belongs to the
// operator.
func EvalContext(ctx *Context) (*expr.EvalContext, error) {
	e := kernel.NewContext(ctx.Clock)
	zone, err := localTimeZone.Get(config.Map(ctx.Config))
	if err != nil {
		return nil, err
	}
	if zone != "" {
		if e.Zone, err = kernel.LoadLocation(zone); err != nil {
			return nil, err
		}
	} else {
		e.Zone = time.Local
	}
	e.Streaming = !ctx.BatchMode
	e.Config = ctx.Config
	e.Watermark = batch.NoTime
	seed := uint64(ctx.Subtask)<<32 ^ uint64(ctx.Clock.NowNs())
	e.Rand = rand.New(rand.NewPCG(seed, uint64(ctx.Attempt)))
	return e, nil
}

// UDFContext is what user functions of an operator get to know of where they run.
func UDFContext(ctx *Context) udf.Context {
	return udf.Context{
		TaskName: ctx.TaskName, Subtask: ctx.Subtask, Parallelism: ctx.Parallelism,
		MaxParallelism: ctx.MaxParallelism, Attempt: ctx.Attempt,
		Zone: ctx.Config["table.local-time-zone"], Parameters: ctx.Config,
		Metrics: UserMetrics(ctx.Metrics),
	}
}
