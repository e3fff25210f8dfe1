package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/supervisor"
)

// jobID is the fixed id that is given, or a new one. A job that is to go on from its latest
// checkpoint has to find it again in the next process: its id comes of its name, and of how many
// jobs of that name the session started before it.
func (s *Session) jobID(g *plan.Graph, cfg config.Map, results int) (string, error) {
	if id := cfg["$internal.pipeline.job-id"]; id != "" {
		return id, nil
	}
	from, err := config.RecoveryPath.Get(cfg)
	if err != nil {
		return "", err
	}
	run := ""
	if from != "latest" {
		run = os.Getenv(supervisor.RunEnv)
	}
	// What is only collected belongs to the process that collects it.
	if from != "latest" && run == "" || sinks(g) == results {
		return newJobID(), nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d%s", g.Name, s.named[g.Name], run))
	s.named[g.Name]++
	return hex.EncodeToString(sum[:16]), nil
}

// recovering is the configuration of a job in a process that takes the place of one that died: it
// goes on from the latest checkpoint of the job. Where it was told to start it starts only when
// there is none yet: what it has done since is not to be done again.
func recovering(cfg config.Map) config.Map {
	attempt := os.Getenv(supervisor.AttemptEnv)
	first, err := config.RecoveryPath.Get(cfg)
	if attempt == "" || attempt == "0" || first == "latest" || err != nil {
		return cfg
	}
	out := maps.Clone(cfg)
	out[config.RecoveryPath.Key] = "latest"
	if first != "" {
		out[job.FirstRecoveryPath] = first
	}
	return out
}

func sinks(g *plan.Graph) int {
	n := 0
	for _, node := range g.Nodes {
		if _, ok := node.Op.(*plan.Sink); ok {
			n++
		}
	}
	return n
}

// newJobID is 32 hexadecimal digits, as Flink's are.
func newJobID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // the system has no source of randomness
	}
	return hex.EncodeToString(b[:])
}
