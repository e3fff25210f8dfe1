package connector

// ListEnumerator hands a fixed list of splits to the readers that ask for work, in order. What is
// still to be handed out is its state.
type ListEnumerator struct {
	Splits []Split
}

var _ Enumerator = (*ListEnumerator)(nil)

// NewListEnumerator starts with the splits, or with what restored says is left of them.
func NewListEnumerator(splits []Split, restored []byte) (*ListEnumerator, error) {
	if restored == nil {
		return &ListEnumerator{Splits: splits}, nil
	}
	left, err := DecodeSplits(restored)
	return &ListEnumerator{Splits: left}, err
}

// Next implements Enumerator: one split at a time.
func (e *ListEnumerator) Next(int) ([]Split, bool, error) {
	if len(e.Splits) == 0 {
		return nil, true, nil
	}
	s := e.Splits[:1:1]
	e.Splits = e.Splits[1:]
	return s, false, nil
}

// AddBack implements Enumerator.
func (e *ListEnumerator) AddBack(splits []Split) {
	e.Splits = append(splits[:len(splits):len(splits)], e.Splits...)
}

// Snapshot implements Enumerator.
func (e *ListEnumerator) Snapshot() ([]byte, error) { return EncodeSplits(e.Splits), nil }

// Close implements Enumerator.
func (e *ListEnumerator) Close() error { return nil }

// TopicOwner is the subtask that reads a partition of a topic, as Flink has it: those of one topic
// go round.
func TopicOwner(topic string, partition, parallelism int) int {
	h := int32(0)
	for _, c := range topic {
		h = 31*h + c
	}
	return (int(uint32(h*31)&0x7fffffff) + partition) % parallelism
}
