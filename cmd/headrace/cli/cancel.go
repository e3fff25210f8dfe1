package cli

import (
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) cancel() *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use:   "cancel JOB",
		Short: "Cancel a running job",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.do(cmd.Context(), http.MethodPatch, "/jobs/"+args[0]+"?mode=cancel", nil, nil)
		},
	}
	c.flags(cmd)
	return cmd
}
