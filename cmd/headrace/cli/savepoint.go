package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) savepoint() *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use:   "savepoint JOB [DIRECTORY]",
		Short: "Take a savepoint of a running job and print its path",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{}
			if len(args) > 1 {
				in["target-directory"] = args[1]
			}
			path, err := c.order(cmd.Context(), args[0], "savepoints", in)
			if err == nil {
				_, err = fmt.Fprintln(a.out, path)
			}
			return err
		},
	}
	c.flags(cmd)
	cmd.AddCommand(a.inspect())
	return cmd
}
