//go:build invariants

package invariant

// Enabled is true in builds with the tag invariants: broken contracts panic, handed-over buffers
// are mangled.
const Enabled = true
