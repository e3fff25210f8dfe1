package cli

import (
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/core/base/errs"
)

// subtasks is a vertex as the REST server describes it.
type subtasks struct {
	ID             string
	Name           string
	Parallelism    int
	MaxParallelism int
}

func (a *app) rescale() *cobra.Command {
	var c client
	var vertex string
	cmd := &cobra.Command{
		Use:   "rescale [flags] JOB PARALLELISM",
		Short: "Give a running job another parallelism, from its next checkpoint on",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil || n < 1 {
				return errs.Userf("%s is no parallelism", args[1])
			}
			var job struct{ Vertices []subtasks }
			if err := c.do(cmd.Context(), http.MethodGet, "/jobs/"+args[0], nil, &job); err != nil {
				return err
			}
			want := map[string]any{}
			for _, v := range job.Vertices {
				if vertex == v.ID || vertex == v.Name || vertex == "" && v.Parallelism > 1 {
					want[v.ID] = map[string]any{"parallelism": map[string]int{"lowerBound": 1,
						"upperBound": min(n, v.MaxParallelism)}}
				}
			}
			if len(want) == 0 {
				return errs.Userf("job %s has no vertex to rescale", args[0]).
					Fix("name one with --vertex; those with parallelism 1 are left alone otherwise")
			}
			return c.do(cmd.Context(), http.MethodPut, "/jobs/"+args[0]+"/resource-requirements",
				want, nil)
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&vertex, "vertex", "", "id or name of the only vertex to rescale")
	return cmd
}
