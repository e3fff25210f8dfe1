package element

// Queue is a first-in-first-out queue of elements that reuses its memory. It is not safe for use
// by several goroutines.
type Queue struct {
	items []Element
	head  int
	n     int
}

// Len is the number of elements.
func (q *Queue) Len() int { return q.n }

// Push adds an element at the end.
func (q *Queue) Push(e Element) {
	if q.n == len(q.items) {
		q.grow()
	}
	q.items[(q.head+q.n)&(len(q.items)-1)] = e
	q.n++
}

// PushFront adds an element before all others.
func (q *Queue) PushFront(e Element) {
	if q.n == len(q.items) {
		q.grow()
	}
	q.head = (q.head - 1) & (len(q.items) - 1)
	q.items[q.head] = e
	q.n++
}

// Front returns the first element, which must exist, without taking it.
func (q *Queue) Front() *Element { return &q.items[q.head] }

// Back returns the last element, which must exist.
func (q *Queue) Back() *Element { return &q.items[(q.head+q.n-1)&(len(q.items)-1)] }

// Pop takes the first element, which must exist.
func (q *Queue) Pop() Element {
	e := q.items[q.head]
	q.items[q.head] = Element{}
	q.head = (q.head + 1) & (len(q.items) - 1)
	q.n--
	return e
}

// Each calls f for every element from first to last.
func (q *Queue) Each(f func(e *Element)) {
	for i := range q.n {
		f(&q.items[(q.head+i)&(len(q.items)-1)])
	}
}

// Clear releases the batches of what is left and empties the queue.
func (q *Queue) Clear() {
	for q.n > 0 {
		if e := q.Pop(); e.Batch != nil {
			e.Batch.Release()
		}
	}
}

func (q *Queue) grow() {
	items := make([]Element, max(4, 2*len(q.items)))
	for i := range q.n {
		items[i] = q.items[(q.head+i)&(len(q.items)-1)]
	}
	q.items, q.head = items, 0
}
