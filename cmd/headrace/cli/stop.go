package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) stop() *cobra.Command {
	var c client
	var dir string
	var drain bool
	cmd := &cobra.Command{
		Use:   "stop [flags] JOB",
		Short: "End a running job with a savepoint and print its path",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := c.order(cmd.Context(), args[0], "stop",
				map[string]any{"targetDirectory": dir, "drain": drain})
			if err == nil {
				_, err = fmt.Fprintln(a.out, path)
			}
			return err
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVarP(&dir, "savepointPath", "p", "",
		"directory of the savepoint (default: execution.checkpointing.savepoint-dir)")
	cmd.Flags().BoolVarP(&drain, "drain", "d", false, "fire all timers and close all windows first")
	return cmd
}
