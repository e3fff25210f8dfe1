package cli

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) list() *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the jobs of a running process",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all struct {
				Jobs []struct{ JID, Name, State string }
			}
			if err := c.do(cmd.Context(), http.MethodGet, "/jobs/overview", nil, &all); err != nil {
				return err
			}
			for _, j := range all.Jobs {
				if _, err := fmt.Fprintf(a.out, "%s  %-10s  %s\n", j.JID, j.State, j.Name); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.flags(cmd)
	return cmd
}
