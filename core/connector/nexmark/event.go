package nexmark

import (
	"math"
	"strconv"

	"github.com/headrace/headrace/core/data/batch"
)

// Numbers of the benchmark.
const (
	firstID       = 1000 // of people and auctions
	firstCategory = 10
	categories    = 5
	lead          = 10   // ids that may be named before they exist
	activePeople  = 1000 // people who bid and sell
	inFlight      = 100  // auctions that are open
	hotEvery      = 100  // one id in so many is hot
	hotChannels   = 2    // one bid in so many comes over another channel
	channels      = 10000
)

var (
	states = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	cities = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend",
		"Redmond", "Seattle", "Kent", "Cheyenne"}
	firstNames = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie",
		"Sarah", "Deiter", "Walter"}
	lastNames = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith",
		"Jones", "Noris"}
	hotNames = []string{"Google", "Facebook", "Baidu", "Apple"}
)

// config is the options with their values.
type config struct {
	rate, base                          int64
	people, auctions, bids              int64
	personSize, auctionSize, bidSize    int64
	hotAuctions, hotBidders, hotSellers int64
}

// random is a stream of numbers that follows from an event's number.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (r *random) below(n int64) int64 { return int64(r.next() % uint64(n)) }

func (r *random) pick(list []string) string { return list[r.below(int64(len(list)))] }

// price is between 1 and 10,000,000 hundredths, evenly by its logarithm.
func (r *random) price() int64 {
	return int64(math.Round(math.Pow(10, float64(r.next()>>11)/(1<<53)*6) * 100))
}

// letters fills buf with n small letters, a space for each 13th on average.
func (r *random) letters(buf []byte, n int64) []byte {
	for n > 0 {
		x := r.next()
		for range min(n, 8) {
			c := byte('a' + x%26)
			if x>>8%13 == 0 {
				c = ' '
			}
			buf = append(buf, c)
			x >>= 7
		}
		n -= min(n, 8)
	}
	return buf
}

func start(n, column int64) random { return random(uint64(n)*4 + uint64(column)) }

func (c *config) total() int64 { return c.people + c.auctions + c.bids }

// kind is 0 for a person, 1 for an auction, 2 for a bid.
func (c *config) kind(n int64) int {
	switch at := n % c.total(); {
	case at < c.people:
		return 0
	case at < c.people+c.auctions:
		return 1
	}
	return 2
}

// time is the event time of event n.
func (c *config) time(n int64) int64 {
	return c.base + n/c.rate*1000 + n%c.rate*1000/c.rate
}

// lastPerson is the number of the last person before or at event n.
func (c *config) lastPerson(n int64) int64 {
	return n/c.total()*c.people + min(n%c.total(), c.people-1)
}

// lastAuction is the number of the last auction before or at event n, -1 before the first.
func (c *config) lastAuction(n int64) int64 {
	round, at := n/c.total(), n%c.total()
	if at < c.people {
		return round*c.auctions - 1
	}
	return round*c.auctions + min(at-c.people, c.auctions-1)
}

func (c *config) anyPerson(n int64, r *random) int64 {
	count := c.lastPerson(n) + 1
	active := min(count, activePeople)
	return count - active + r.below(active+lead)
}

func (c *config) anyAuction(n int64, r *random) int64 {
	last := max(c.lastAuction(n), 0)
	low := max(last-inFlight, 0)
	return low + r.below(last-low+1+lead)
}

// extra appends text that brings a record of size bytes so far to about the wanted size.
func extra(b *batch.Builder, r *random, buf *[]byte, size, wanted int64) {
	n := int64(0)
	if left := wanted - size; left > 0 {
		vary := max(left/5, 1) // a fifth more or less
		n = left - vary + r.below(2*vary)
	}
	*buf = r.letters((*buf)[:0], n)
	b.AppendBytes(*buf)
}

func (c *config) person(b *batch.Builder, n int64, buf *[]byte) {
	r := start(n, 0)
	first, last := r.pick(firstNames), r.pick(lastNames)
	batch.Append(b.Child(0), firstID+c.lastPerson(n))
	b.Child(1).AppendString(first + " " + last)
	mail := append(r.letters((*buf)[:0], 7), '@')
	mail = append(r.letters(mail, 5), ".com"...)
	b.Child(2).AppendBytes(mail)
	card := (*buf)[:0]
	for i := range 4 {
		if i > 0 {
			card = append(card, ' ')
		}
		x := r.below(10000)
		card = append(card, byte('0'+x/1000), byte('0'+x/100%10), byte('0'+x/10%10), byte('0'+x%10))
	}
	b.Child(3).AppendBytes(card)
	b.Child(4).AppendString(r.pick(cities))
	b.Child(5).AppendString(r.pick(states))
	batch.Append(b.Child(6), c.time(n))
	extra(b.Child(7), &r, buf, 8+13+17+19+9+2+8, c.personSize)
	b.AppendRow()
}

func (c *config) auction(b *batch.Builder, n int64, buf *[]byte) {
	r := start(n, 1)
	batch.Append(b.Child(0), firstID+c.lastAuction(n))
	*buf = r.letters((*buf)[:0], 3+r.below(17))
	b.Child(1).AppendBytes(*buf)
	*buf = r.letters((*buf)[:0], 3+r.below(97))
	b.Child(2).AppendBytes(*buf)
	first := r.price()
	batch.Append(b.Child(3), first)
	batch.Append(b.Child(4), first+r.price())
	now := c.time(n)
	batch.Append(b.Child(5), now)
	horizon := c.time(n+inFlight*c.total()/c.auctions) - now
	batch.Append(b.Child(6), now+1+r.below(max(2*horizon, 1)))
	seller := c.lastPerson(n) / hotEvery * hotEvery
	if r.below(c.hotSellers) == 0 {
		seller = c.anyPerson(n, &r)
	}
	batch.Append(b.Child(7), firstID+seller)
	batch.Append(b.Child(8), firstCategory+r.below(categories))
	extra(b.Child(9), &r, buf, 8+11+51+6*8, c.auctionSize)
	b.AppendRow()
}

func (c *config) bid(b *batch.Builder, n int64, buf *[]byte) {
	r := start(n, 2)
	auction := max(c.lastAuction(n), 0) / hotEvery * hotEvery
	if r.below(c.hotAuctions) == 0 {
		auction = c.anyAuction(n, &r)
	}
	bidder := c.lastPerson(n)/hotEvery*hotEvery + 1
	if r.below(c.hotBidders) == 0 {
		bidder = c.anyPerson(n, &r)
	}
	batch.Append(b.Child(0), firstID+auction)
	batch.Append(b.Child(1), firstID+bidder)
	batch.Append(b.Child(2), r.price())
	url := func(page uint64, id int64) []byte {
		dir := random(page)
		u := dir.letters(append((*buf)[:0], "https://www.nexmark.com/"...), 14)
		for i := 24; i < len(u); i++ {
			if u[i] == ' ' || i%5 == 3 {
				u[i] = '/'
			}
		}
		u = append(u, "/item.htm?query=1"...)
		if id >= 0 {
			u = strconv.AppendInt(append(u, "&channel_id="...), id, 10)
		}
		return u
	}
	if r.below(hotChannels) > 0 {
		i := r.below(int64(len(hotNames)))
		b.Child(3).AppendString(hotNames[i])
		b.Child(4).AppendBytes(url(uint64(i), -1))
	} else {
		id := r.below(channels)
		b.Child(3).AppendBytes(strconv.AppendInt(append((*buf)[:0], "channel-"...), id, 10))
		b.Child(4).AppendBytes(url(uint64(id)+100, id))
	}
	batch.Append(b.Child(5), c.time(n))
	extra(b.Child(6), &r, buf, 4*8, c.bidSize)
	b.AppendRow()
}
