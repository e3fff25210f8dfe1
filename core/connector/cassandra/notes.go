package cassandra

import (
	"errors"

	"github.com/apache/cassandra-gocql-driver/v2"
)

// The notes of the write-ahead log are a table with the last checkpoint of each writer whose rows
// are written.

func (c *committer) notes() string { return c.sink.notes + ".checkpoints" }

// written is the last checkpoint that is noted, 0 where there is none.
func (c *committer) written(subtask int64) (int64, error) {
	open, err := c.get()
	if err != nil {
		return 0, err
	}
	if !c.ready {
		for _, text := range []string{
			"CREATE KEYSPACE IF NOT EXISTS " + c.sink.notes +
				" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
			"CREATE TABLE IF NOT EXISTS " + c.notes() + " (job_id text, sink_id text, sub_id bigint, " +
				"checkpoint_id bigint, PRIMARY KEY ((job_id, sink_id), sub_id))",
		} {
			if err := open.Query(text).Exec(); err != nil {
				return 0, c.sink.wrap(err)
			}
		}
		c.ready = true
	}
	var id int64
	q := open.Query("SELECT checkpoint_id FROM "+c.notes()+" WHERE job_id = ? AND sink_id = ? AND "+
		"sub_id = ?", c.ctx.JobID, c.ctx.Operator, subtask)
	err = q.Scan(&id)
	if err != nil && !errors.Is(err, gocql.ErrNotFound) {
		return 0, c.sink.wrap(err)
	}
	return id, nil
}

// note says that the rows of a checkpoint are written.
func (c *committer) note(subtask, id int64) error {
	err := c.open.Query("INSERT INTO "+c.notes()+" (job_id, sink_id, sub_id, checkpoint_id) "+
		"VALUES (?, ?, ?, ?)", c.ctx.JobID, c.ctx.Operator, subtask, id).Exec()
	if err != nil {
		return c.sink.wrap(err)
	}
	return nil
}
