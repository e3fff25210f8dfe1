package format

import (
	"errors"
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
)

// RecordError says that a record cannot be decoded. The connector adds the place.
type RecordError struct {
	Offset int    // of the record in the bytes given to Decode
	Format string // "csv"
	Field  string // column, "" when the record as a whole is wrong
	Value  string // the text of the field or record, cut to a readable length
	Reason string // "is not an INT"
}

// maxShown is how much of a bad value an error shows.
const maxShown = 100

// BadField makes the error of a field.
func BadField(name string, offset int, field string, value []byte, reason string) *RecordError {
	return &RecordError{Offset: offset, Format: name, Field: field, Value: show(value),
		Reason: reason}
}

// Earlier returns the error whose record comes first; nil only when both are.
func Earlier(a, b error) error {
	var x, y *RecordError
	if a == nil || b != nil && errors.As(a, &x) && errors.As(b, &y) && y.Offset < x.Offset {
		return b
	}
	return a
}

func show(value []byte) string {
	if len(value) > maxShown {
		return string(value[:maxShown]) + "…"
	}
	return string(value)
}

func (e *RecordError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("malformed %s record '%s': %s", e.Format, e.Value, e.Reason)
	}
	return fmt.Sprintf("malformed %s record, field '%s': '%s' %s", e.Format, e.Field, e.Value,
		e.Reason)
}

// At makes the data error that a user sees.
func (e *RecordError) At(place string) error {
	err := errs.Dataf("%s", e.Error())
	err.Place = place
	if e.Format == "raw" {
		return err // has nothing that could be skipped
	}
	return err.Fix("set '%s.ignore-parse-errors' = 'true' to skip such data", e.Format)
}

// At names the place of the record in an error of its decoder; other errors stay as they are.
func At(err error, place string) error {
	var e *RecordError
	if !errors.As(err, &e) {
		return err
	}
	return e.At(place)
}
