package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
)

func (a *app) inspect() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "inspect PATH",
		Short: "Check a savepoint or checkpoint and say what it holds",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := checkpoint.OpenSnapshot(fsys.Machine{}, args[0])
			if err != nil {
				return err
			}
			c, err := s.Inspect()
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(a.out)
				e.SetIndent("", "  ")
				return e.Encode(c)
			}
			return a.contents(c)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// contents prints what a snapshot holds as a table.
func (a *app) contents(c *checkpoint.Contents) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s %d of job '%s' (%s), %s, %d files, %d bytes\n", c.Kind, c.ID, c.JobName,
		c.JobID, time.UnixMilli(c.EndMs).UTC().Format(time.RFC3339), c.Files, c.Bytes)
	for _, o := range c.Operators {
		fmt.Fprintf(w, "\n%s, uid %s, parallelism %d of at most %d\n", o.Name, o.UID,
			o.Parallelism, o.MaxParallelism)
		for _, s := range o.States {
			fmt.Fprintf(w, "  %s\t%d keys\t%d bytes\t%s\n", s.Name, s.Keys, s.Bytes, s.Type)
		}
		for _, l := range o.Lists {
			fmt.Fprintf(w, "  %s\t%d elements\t%d bytes\t%s list\n", l.Name, l.Elements, l.Bytes,
				l.Mode)
		}
	}
	return w.Flush()
}
