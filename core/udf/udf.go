// Package udf is what the engine asks of user code. core declares it, pyudf implements it for
// Python; the engine itself knows no language.
package udf

// Host makes user functions.
type Host interface{}
