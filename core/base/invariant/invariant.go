// Package invariant checks contracts between parts of the engine in builds with the tag
// invariants; it costs nothing in others.
package invariant

import "fmt"

// Check panics in invariant builds when ok is false.
func Check(ok bool, format string, a ...any) {
	if Enabled && !ok {
		panic(fmt.Sprintf("invariant: "+format, a...))
	}
}
