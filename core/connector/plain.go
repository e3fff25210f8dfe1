package connector

// PlainWriter has the calls of a Writer that is always ready, keeps nothing back and commits
// nothing: embed it and write Write.
type PlainWriter struct{}

// Ready implements Writer.
func (PlainWriter) Ready() bool { return true }

// Watermark implements Writer.
func (PlainWriter) Watermark(int64) error { return nil }

// Flush implements Writer.
func (PlainWriter) Flush(bool) (bool, error) { return true, nil }

// Prepare implements Writer.
func (PlainWriter) Prepare(int64) ([][]byte, error) { return nil, nil }

// Snapshot implements Writer.
func (PlainWriter) Snapshot(int64) ([]byte, error) { return nil, nil }

// Close implements Writer.
func (PlainWriter) Close() error { return nil }
