package cli

import (
	"github.com/spf13/cobra"

	"github.com/headrace/headrace/core/doctor"
)

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at Python, packages and machine; say what is wrong and how to mend it",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			name, err := a.interpreter()
			if err != nil {
				return err
			}
			if !doctor.Print(a.out, doctor.Examine(name, Version)) {
				return a.exit(1)
			}
			return nil
		},
	}
}
