// Package errs gives errors a mark (who can do something about it), a place and a remedy.
//
// The mark decides what the runtime does: user and data errors fail the job with the message as
// it is, transient ones are retried by the restart strategy, corrupt ones make a checkpoint
// unusable, internal ones name a bug of headrace.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Mark says who can do something about an error.
type Mark uint8

const (
	Internal  Mark = iota // a bug in headrace
	User                  // the program, its SQL or its options are wrong
	Data                  // a record of the input is wrong
	Transient             // the outside world failed; trying again may help
	Corrupt               // stored bytes are not what was written
	Cancelled             // the job was cancelled
)

func (m Mark) String() string {
	return [...]string{"internal", "user", "data", "transient", "corrupt", "cancelled"}[m]
}

// Error is an error with a mark, the place it happened at and what to do about it.
type Error struct {
	Mark   Mark
	Place  string // "line 3, column 14", "orders.csv:17 field 4", "operator 'map'"; may be empty
	Msg    string
	Remedy string // one sentence that says what to write or do instead; may be empty
	Cause  error
	// Snippet is the line of the program that Place is in, with carets below; it is shown last.
	Snippet string
	// Final says that no restart helps: the job fails for good.
	Final bool
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Place != "" {
		b.WriteString(e.Place)
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	if e.Cause != nil {
		if e.Msg != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Cause.Error())
	}
	if e.Remedy != "" {
		b.WriteString(" (")
		b.WriteString(e.Remedy)
		b.WriteString(")")
	}
	if e.Snippet != "" {
		b.WriteString("\n")
		b.WriteString(e.Snippet)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// Userf makes a user error.
func Userf(format string, a ...any) *Error {
	return &Error{Mark: User, Msg: fmt.Sprintf(format, a...)}
}

// Dataf makes a data error.
func Dataf(format string, a ...any) *Error {
	return &Error{Mark: Data, Msg: fmt.Sprintf(format, a...)}
}

// Internalf makes an error that names a bug.
func Internalf(format string, a ...any) *Error {
	return &Error{Mark: Internal, Msg: fmt.Sprintf(format, a...)}
}

// Transientf makes an error that a retry may mend.
func Transientf(format string, a ...any) *Error {
	return &Error{Mark: Transient, Msg: fmt.Sprintf(format, a...)}
}

// Corruptf makes an error about stored bytes.
func Corruptf(format string, a ...any) *Error {
	return &Error{Mark: Corrupt, Msg: fmt.Sprintf(format, a...)}
}

// At sets the place and returns the error.
func (e *Error) At(format string, a ...any) *Error {
	e.Place = fmt.Sprintf(format, a...)
	return e
}

// Fix sets the remedy and returns the error.
func (e *Error) Fix(format string, a ...any) *Error {
	e.Remedy = fmt.Sprintf(format, a...)
	return e
}

// Wrap sets the cause and returns the error.
func (e *Error) Wrap(cause error) *Error {
	e.Cause = cause
	return e
}

// ForGood says that no restart helps and returns the error.
func (e *Error) ForGood() *Error {
	e.Final = true
	return e
}

// IsFinal says whether an error in err's chain says that no restart helps.
func IsFinal(err error) bool {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return false
		}
		if e.Final {
			return true
		}
		err = e.Cause
	}
	return false
}

// MarkOf returns the mark of the outermost marked error in err's chain, Internal if there is none.
func MarkOf(err error) Mark {
	var e *Error
	if errors.As(err, &e) {
		return e.Mark
	}
	return Internal
}

// DidYouMean returns "did you mean 'x'?" for the candidate nearest to name, or "" when none is near.
func DidYouMean(name string, candidates []string) string {
	if best := Nearest(name, candidates); best != "" {
		return fmt.Sprintf("did you mean '%s'?", best)
	}
	return ""
}

// Nearest returns the candidate with the least edit distance to name (case ignored) if that
// distance is at most a third of the name's length (at least 1, at most 4), else "".
func Nearest(name string, candidates []string) string {
	limit := min(max(len(name)/3, 1), 4)
	best, bestDist := "", limit+1
	lower := strings.ToLower(name)
	for _, c := range candidates {
		if d := distance(lower, strings.ToLower(c)); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: edits and swaps of neighbours.
func distance(a, b string) int {
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
