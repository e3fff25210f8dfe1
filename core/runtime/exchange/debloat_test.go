package exchange

import (
	"testing"
	"time"
)

func TestBytesInFlightFollowASlowConsumerWithinFivePeriods(t *testing.T) {
	d := &Debloater{Target: time.Second, Period: 200 * time.Millisecond, Samples: 20,
		ThresholdPercent: 25, MinBytes: 1024, MaxBytes: 8 << 20}
	step := func(bytesPerSecond float64) int64 {
		size, _ := d.Update(int64(bytesPerSecond*d.Period.Seconds()), d.Period)
		return size
	}
	for range 20 {
		step(4e6)
	}
	if s := float64(d.Size()); s < 4e6*0.7 || s > 4e6*1.3 {
		t.Fatalf("%v bytes at 4 MB/s", s)
	}
	var size int64
	for range 5 {
		size = step(4e4)
	}
	if s := float64(size); s < 4e4*0.7 || s > 4e4*1.3 {
		t.Errorf("%v bytes at 40 kB/s after five periods", s)
	}
	for range 60 {
		size = step(4e6)
	}
	if s := float64(size); s < 4e6*0.7 || s > 4e6*1.3 {
		t.Errorf("%v bytes after the speed came back", s)
	}
}

func TestSmallChangesAndIdleTimeLeaveTheSize(t *testing.T) {
	d := &Debloater{Target: time.Second, Samples: 1, ThresholdPercent: 25, MinBytes: 1,
		MaxBytes: 1 << 20}
	d.Update(100_000, time.Second)
	if _, changed := d.Update(110_000, time.Second); changed {
		t.Error("10 % more changed the size")
	}
	if _, changed := d.Update(0, 0); changed {
		t.Error("idle time changed the size")
	}
	if got := d.TimeToConsume(55_000); got < 450*time.Millisecond || got > 600*time.Millisecond {
		t.Errorf("time to consume %v", got)
	}
}
