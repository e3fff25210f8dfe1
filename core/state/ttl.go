package state

// TTL is a column that knows when the state of a slot was last used and finds what has expired.
// It stands beside the columns it is about and is registered with them, so that it works for all
// of them, live objects too. Times are processing time in ms; a state expires TTLMs after its
// last use, in the millisecond after.
type TTL struct {
	*Value[int64]
	Config TTLConfig
	hand   int32
	fresh  int // keys that have come since the last Sweep
	toured int // keys that Tour brings before the next one
}

// TTLConfig is Flink's StateTtlConfig.
type TTLConfig struct {
	TTLMs int64
	// OnRead says that reading counts as use too (OnReadAndWrite); else creation and writing do.
	OnRead bool
	// ReturnExpired says that an expired state may be seen until it is cleaned up
	// (ReturnExpiredIfNotCleanedUp).
	ReturnExpired bool
	// SweepSlots is how many slots each Sweep looks at (cleanup_incrementally) besides those that make
	// up for new keys; 0: 1,000.
	SweepSlots int
}

// NewTTL makes the column; it is to be registered under a name of its own.
func NewTTL(c TTLConfig) *TTL {
	if c.SweepSlots <= 0 {
		c.SweepSlots = 1000
	}
	return &TTL{Value: NewValue[int64]("ttl"), Config: c}
}

// Written notes that the slots were written at a time. The caller marks them dirty anyway.
func (t *TTL) Written(slots []int32, nowMs int64) {
	for _, s := range slots {
		if !t.set[s] {
			t.fresh++
		}
		t.Set(s, nowMs)
	}
}

// Read notes that the slots were read; it returns those whose time of use has changed, appended to
// changed: they have to be marked dirty. A slot counts at most once in a hundredth of the TTL, so
// that reading does not make every checkpoint whole.
func (t *TTL) Read(slots []int32, nowMs int64, changed []int32) []int32 {
	if !t.Config.OnRead {
		return changed
	}
	for _, s := range slots {
		if at, ok := t.Get(s); ok && nowMs-at > t.Config.TTLMs/100 && !t.gone(at, nowMs) {
			t.Set(s, nowMs)
			changed = append(changed, s)
		}
	}
	return changed
}

func (t *TTL) gone(at, nowMs int64) bool { return nowMs-at >= t.Config.TTLMs }

// Expired appends those of the slots whose state has expired: the caller clears their columns (or
// drops the keys) before it reads them. Under ReturnExpired it finds none: these are seen until
// Sweep meets them.
func (t *TTL) Expired(slots []int32, nowMs int64, expired []int32) []int32 {
	if t.Config.ReturnExpired {
		return expired
	}
	for _, s := range slots {
		if at, ok := t.Get(s); ok && t.gone(at, nowMs) {
			expired = append(expired, s)
		}
	}
	return expired
}

// What cleaning up looks at besides a constant for each new key. With more than one, what has expired
// and is still there is never more than a part of what has not, however fast keys come.
const (
	toursPerKey  = 2 // on the disk
	sweepsPerKey = 4 // in memory, for each key that was brought there too
)

// tourKeys is how many keys each Tour brings from the disk to be looked at, at least.
const tourKeys = 16

// Tour brings some keys of the disk, if there is one, to where Sweep sees them. It ends the life of
// slots, and goes in front of Sweep.
func (t *TTL) Tour(k Keyed) error {
	if toured, ok := k.(Toured); ok {
		t.toured = tourKeys + toursPerKey*t.fresh
		return toured.Tour(t.toured)
	}
	return nil
}

// Sweep looks at the next slots in memory, in turn, and appends those that have expired. It is
// called now and then between batches, so that state nobody asks for goes too.
func (t *TTL) Sweep(nowMs int64, expired []int32) []int32 {
	n := int32(len(t.set))
	most := t.Config.SweepSlots + sweepsPerKey*(t.fresh+t.toured)
	t.fresh, t.toured = 0, 0
	for range min(most, int(n)) {
		if t.hand >= n {
			t.hand = 0
		}
		if at, ok := t.Get(t.hand); ok && t.gone(at, nowMs) {
			expired = append(expired, t.hand)
		}
		t.hand++
	}
	return expired
}
