// Package all registers every connector and format that is built in.
package all

import (
	_ "github.com/headrace/headrace/core/connector/blackhole" // registers itself
)
