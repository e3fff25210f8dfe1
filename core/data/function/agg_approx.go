package function

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

const (
	sketchBits  = 12              // 4096 registers: 1.6 % standard error
	sketchSize  = 1 << sketchBits // bytes
	sketchExact = 512             // hashes kept as they are before registers are used
)

// sketch estimates the number of distinct hashes: exactly at first, then by HyperLogLog.
type sketch struct {
	exact map[uint64]struct{}
	regs  []byte
}

func (s *sketch) add(h uint64) {
	if s.regs != nil {
		i := h >> (64 - sketchBits)
		rank := byte(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1)) + 1)
		s.regs[i] = max(s.regs[i], rank)
		return
	}
	if s.exact == nil {
		s.exact = map[uint64]struct{}{}
	}
	s.exact[h] = struct{}{}
	if len(s.exact) > sketchExact {
		s.spill()
	}
}

func (s *sketch) spill() {
	s.regs = make([]byte, sketchSize)
	for h := range s.exact {
		s.add(h)
	}
	s.exact = nil
}

func (s *sketch) estimate() int64 {
	if s.regs == nil {
		return int64(len(s.exact))
	}
	sum, zeros := 0.0, 0
	for _, r := range s.regs {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	const m = float64(sketchSize)
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(m/float64(zeros))
	}
	return int64(math.Round(e))
}

// approxAcc is APPROX_COUNT_DISTINCT.
type approxAcc struct{ s []sketch }

func (a *approxAcc) Grow(n int) { a.s = grow(a.s, n) }

func (a *approxAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	var buf []byte
	eachRow(args[0], groups, rows, func(g int32, i int) {
		buf = kernel.AppendValue(buf[:0], args[0], i)
		a.s[g].add(kernel.HashBytes(buf))
	})
}

func (a *approxAcc) Retract([]int32, []*batch.Column, []int32) {
	panic("function: APPROX_COUNT_DISTINCT takes no values back")
}

func (a *approxAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*approxAcc)
	for k, g := range groups {
		s, x := &a.s[g], &o.s[from[k]]
		for h := range x.exact {
			s.add(h)
		}
		if x.regs == nil {
			continue
		}
		if s.regs == nil {
			s.spill()
		}
		for i, r := range x.regs {
			s.regs[i] = max(s.regs[i], r)
		}
	}
}

func (a *approxAcc) Result(groups []int32) (*batch.Column, error) {
	return fixedResult(bigintT.Nullable(false), groups, func(g int32) (int64, bool) {
		return a.s[g].estimate(), true
	}), nil
}

func (a *approxAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		s := &a.s[g]
		switch {
		case s.regs != nil:
			return append(append(dst, 1), s.regs...)
		case len(s.exact) > 0:
			dst = append(dst, 0)
			for h := range s.exact {
				dst = binary.LittleEndian.AppendUint64(dst, h)
			}
		}
		return dst
	})
}

func (a *approxAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		kind := r.take(1)[0]
		if kind > 1 {
			r.bad = true
			return
		}
		if kind == 1 {
			if len(r.b) != sketchSize {
				r.bad = true
				return
			}
			a.s[g].regs = append([]byte(nil), r.take(sketchSize)...)
			return
		}
		for len(r.b) > 0 {
			a.s[g].add(r.uint64())
		}
	})
}

func (a *approxAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.s[g] = sketch{}
	}
}

func (a *approxAcc) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		n += 48 + int64(16*len(a.s[g].exact)+len(a.s[g].regs))
	}
	return n
}

func approxAggregate() *Aggregate {
	return aggDef(Aggregate{Name: "APPROX_COUNT_DISTINCT", Syntax: "APPROX_COUNT_DISTINCT(value)",
		Doc: "The number of distinct values, NULL not counted: exact for a few hundred, an " +
			"estimate (1.6 % standard error) beyond. Takes no updates.",
		Example: "APPROX_COUNT_DISTINCT(x) → 3"},
		func(t types.Type) (AggBound, bool) {
			return AggBound{Result: bigintT.Nullable(false), Splittable: true,
				New: func(bool) Accumulator { return &approxAcc{} }}, t.Kind != types.Object
		})
}
