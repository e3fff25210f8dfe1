package kernel

// JavaRandom is the generator that RAND(seed) and RAND_INTEGER(seed, n) use: the 48-bit linear
// congruential one of Java, so that seeded queries give the numbers Flink gives.
type JavaRandom struct{ state uint64 }

// NewJavaRandom seeds a generator.
func NewJavaRandom(seed int64) *JavaRandom {
	return &JavaRandom{(uint64(seed) ^ 0x5deece66d) & (1<<48 - 1)}
}

func (r *JavaRandom) next(bits uint) int32 {
	r.state = (r.state*0x5deece66d + 0xb) & (1<<48 - 1)
	return int32(r.state >> (48 - bits))
}

// Float is uniform in [0, 1).
func (r *JavaRandom) Float() float64 {
	hi := int64(r.next(26)) << 27
	return float64(hi+int64(r.next(27))) * (1.0 / (1 << 53))
}

// Int is uniform in [0, n); n is positive.
func (r *JavaRandom) Int(n int32) int32 {
	v := r.next(31)
	if n&(n-1) == 0 {
		return int32(int64(n) * int64(v) >> 31)
	}
	for u := v; ; u = r.next(31) {
		v = u % n
		if u-v+(n-1) >= 0 {
			return v
		}
	}
}

// Seeded returns the generator of a call (known by its key) in this context, seeded on its first
// use.
func (c *Context) Seeded(key any, seed int64) *JavaRandom {
	r, ok := c.random[key]
	if !ok {
		if c.random == nil {
			c.random = map[any]*JavaRandom{}
		}
		r = NewJavaRandom(seed)
		c.random[key] = r
	}
	return r
}

// HasSeeded returns the generator of a call if it has been used.
func (c *Context) HasSeeded(key any) (*JavaRandom, bool) {
	r, ok := c.random[key]
	return r, ok
}
