package job

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// BenchmarkCheckpointUnderBackpressure takes checkpoints while a sink holds the job up with about a
// second's worth of rows in flight, and of the same job with a sink a hundred times faster (idle).
func BenchmarkCheckpointUnderBackpressure(b *testing.B) {
	for _, c := range []struct {
		name  string
		pause time.Duration
		cfg   config.Map
	}{
		{"idle", 0, nil},
		{"aligned", 10 * time.Millisecond, nil},
		{"debloated", 10 * time.Millisecond, config.Map{
			"taskmanager.network.memory.buffer-debloat.enabled": "true",
			"taskmanager.network.memory.buffer-debloat.target":  "200 ms"}},
		{"unaligned", 10 * time.Millisecond, config.Map{
			"execution.checkpointing.unaligned.enabled": "true"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			j := pressed(b, c.pause, c.cfg)
			defer func() {
				j.Cancel()
				<-j.Done()
			}()
			time.Sleep(2 * time.Second) // until what is in flight has settled
			for b.Loop() {
				if _, err := j.TriggerCheckpoint(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// pressed starts a job whose sink takes pause for each batch.
func pressed(b *testing.B, pause time.Duration, cfg config.Map) *Job {
	b.Helper()
	all := config.Map{"headrace.batch.rows": "1000", "headrace.exchange.size": "2 mb"}
	for k, v := range cfg {
		all[k] = v
	}
	slow := func(*operator.Context) step {
		return func(*batch.Batch, operator.Output) error {
			time.Sleep(max(pause, 100*time.Microsecond))
			return nil
		}
	}
	g := &plan.Graph{Name: "pressed"}
	src := g.Add(node("ranges", 1, &plan.Source{Source: &jobtest.Ranges{Splits: 1, Size: 1 << 40,
		Keys: 100, Rand: rand.New(rand.NewPCG(1, 1))}}))
	end := g.Add(node("slow", 1, &jobtest.Apply{Make: slow}))
	g.Connect(src, end, plan.Hash, 0)
	j, err := Start(context.Background(), g, Options{ID: "pressed", Config: all})
	if err != nil {
		b.Fatal(err)
	}
	return j
}
