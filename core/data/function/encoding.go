package function

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// digest declares a hash function of fixed length; text goes in as UTF-8.
func digest(name string, size int, sum func([]byte) []byte) *Scalar {
	return def(Scalar{Name: name, Category: "hash", Syntax: name + "(string)",
		Doc:     "The " + name + " hash of the text in " + strconv.Itoa(2*size) + " hexadecimal digits.",
		Example: name + "('') → " + hex.EncodeToString(sum(nil))},
		on(str).returns(types.WithPrecision(types.Char, 2*size), rows(func(c *call, i int) error {
			c.putStr(hex.EncodeToString(sum(c.bytes(0, i))))
			return nil
		})))
}

var digests = map[int]func([]byte) []byte{
	1:   func(b []byte) []byte { s := sha1.Sum(b); return s[:] },
	224: func(b []byte) []byte { s := sha256.Sum224(b); return s[:] },
	256: func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
	384: func(b []byte) []byte { s := sha512.Sum384(b); return s[:] },
	512: func(b []byte) []byte { s := sha512.Sum512(b); return s[:] },
}

func sha2(c *call, i int) error {
	sum, ok := digests[c.int(1, i)]
	if !ok || c.int(1, i) == 1 {
		return errs.Userf("SHA2 has no hash of %d bits", c.int(1, i)).
			Fix("use 224, 256, 384 or 512")
	}
	c.putStr(hex.EncodeToString(sum(c.bytes(0, i))))
	return nil
}

func hashFunctions() []*Scalar {
	return []*Scalar{
		digest("MD5", 16, func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
		digest("SHA1", 20, digests[1]),
		digest("SHA224", 28, digests[224]),
		digest("SHA256", 32, digests[256]),
		digest("SHA384", 48, digests[384]),
		digest("SHA512", 64, digests[512]),
		def(Scalar{Name: "SHA2", Category: "hash", Syntax: "SHA2(string, bits)", Raises: true,
			Doc:     "The SHA-2 hash of 224, 256, 384 or 512 bits in hexadecimal digits.",
			Example: "CHAR_LENGTH(SHA2('a', 256)) → 64"},
			on(str, i32).returns(types.WithPrecision(types.Varchar, 128), rows(sha2))),
	}
}

// charset returns the encoder and decoder of a character set by its Java name.
func charset(name string) (enc func(string) []byte, dec func([]byte) string, ok bool) {
	big, mark := true, false
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8":
		return func(s string) []byte { return []byte(s) },
			func(b []byte) string { return string(kernel.AppendUTF8(nil, b)) }, true
	case "US-ASCII", "ASCII":
		return narrow(0x80), widen(0x80), true
	case "ISO-8859-1", "LATIN1":
		return narrow(0x100), widen(0x100), true
	case "UTF-16BE":
	case "UTF-16LE":
		big = false
	case "UTF-16":
		mark = true
	default:
		return nil, nil, false
	}
	return func(s string) []byte { return encodeUTF16(s, big, mark && s != "") },
		func(b []byte) string { return decodeUTF16(b, big, mark) }, true
}

func narrow(limit rune) func(string) []byte {
	return func(s string) []byte {
		out := make([]byte, 0, len(s))
		for _, r := range s {
			if r >= limit {
				r = '?'
			}
			out = append(out, byte(r))
		}
		return out
	}
}

func widen(limit rune) func([]byte) string {
	return func(b []byte) string {
		out := make([]rune, len(b))
		for i, c := range b {
			if out[i] = rune(c); out[i] >= limit {
				out[i] = utf8.RuneError
			}
		}
		return string(out)
	}
}

func charsetCall(c *call, i int, f func(enc func(string) []byte, dec func([]byte) string)) error {
	enc, dec, ok := charset(c.str(1, i))
	if !ok {
		return errs.Userf("unknown character set '%s'", c.str(1, i)).
			Fix("use US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16")
	}
	f(enc, dec)
	return nil
}

func toHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// unhex reads hexadecimal digits; of an odd number of them the first is dropped and a null byte
// put in front, as Flink documents.
func unhex(c *call, i int) error {
	s := c.str(0, i)
	var out []byte
	if len(s)%2 == 1 {
		out, s = append(out, 0), s[1:]
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		c.putNull()
		return nil
	}
	c.putBytes(append(out, b...))
	return nil
}

func encodingFunctions() []*Scalar {
	text := rows(func(c *call, i int) error { c.putStr(toHex(c.bytes(0, i))); return nil })
	bits := func(base int) Kernel {
		return rows(func(c *call, i int) error {
			c.putStr(strings.ToUpper(strconv.FormatUint(uint64(c.int64(0, i)), base)))
			return nil
		})
	}
	return []*Scalar{
		strScalar("ASCII", "ASCII(string)", "The first byte of the text in UTF-8, as a signed "+
			"number; 0 for an empty text.", "ASCII('abc') → 97",
			on(str).returns(intT, rows(func(c *call, i int) error {
				if b := c.bytes(0, i); len(b) > 0 {
					c.putInt(int(int8(b[0])))
				} else {
					c.putInt(0)
				}
				return nil
			}))),
		strScalar("CHR", "CHR(integer)", "The character of the code, modulo 256; empty for a "+
			"negative one.", "CHR(97) → a", on(i64).with(nullable).returns(stringT,
			rows(func(c *call, i int) error {
				if v := c.int64(0, i); v < 0 {
					c.putStr("")
				} else {
					c.putStr(string(rune(v & 0xff)))
				}
				return nil
			}))),
		strScalar("TO_BASE64", "TO_BASE64(string)", "The text in base 64.",
			"TO_BASE64('head') → aGVhZA==",
			on(str).returns(stringT, rows(func(c *call, i int) error {
				c.putStr(base64.StdEncoding.EncodeToString(c.bytes(0, i)))
				return nil
			}))),
		strScalar("FROM_BASE64", "FROM_BASE64(string)", "The text that base 64 stands for.",
			"FROM_BASE64('aGVhZA==') → head", on(str).returns(stringT, rows(func(c *call, i int) error {
				b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(c.str(0, i), "="))
				if err != nil {
					return errs.Dataf("'%s' is not base 64", c.str(0, i))
				}
				c.putBytes(kernel.AppendUTF8(nil, b))
				return nil
			}))).raises(),
		strScalar("ENCODE", "ENCODE(string, charset)", "The text in the character set.",
			"HEX(CAST(ENCODE('a', 'UTF-8') AS STRING)) → 61",
			on(str, str).returns(bytesT, rows(func(c *call, i int) error {
				return charsetCall(c, i, func(enc func(string) []byte, _ func([]byte) string) {
					c.putBytes(enc(c.str(0, i)))
				})
			}))).raises(),
		strScalar("DECODE", "DECODE(binary, charset)", "The text that the bytes are in the "+
			"character set.", "DECODE(ENCODE('a', 'UTF-16'), 'UTF-16') → a",
			on(byt, str).returns(stringT, rows(func(c *call, i int) error {
				return charsetCall(c, i, func(_ func(string) []byte, dec func([]byte) string) {
					c.putStr(dec(c.bytes(0, i)))
				})
			}))).raises(),
		def(Scalar{Name: "BIN", Category: "arithmetic", Syntax: "BIN(integer)",
			Doc: "The integer in base 2, negative ones in 64 bits.", Example: "BIN(12) → 1100"},
			on(i64).returns(stringT, bits(2))),
		def(Scalar{Name: "HEX", Category: "arithmetic", Syntax: "HEX(integer), HEX(string)",
			Doc:     "The integer, or the bytes of the text, in upper case hexadecimal digits.",
			Example: "HEX(20) → 14\nHEX('hi') → 6869"},
			on(i64).returns(stringT, bits(16)), on(str).returns(stringT, text),
			on(byt).returns(stringT, text)),
		def(Scalar{Name: "UNHEX", Category: "arithmetic", Syntax: "UNHEX(string)",
			Doc:     "The bytes that the hexadecimal digits stand for; NULL if they are none.",
			Example: "CAST(UNHEX('6869') AS STRING) → hi"},
			on(str).with(nullable).returns(bytesT, rows(unhex))),
	}
}

func utf16Units(s string) []uint16 {
	var out []uint16
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			out = append(out, 0xd800+uint16(r>>10), 0xdc00+uint16(r&0x3ff))
		} else {
			out = append(out, uint16(r))
		}
	}
	return out
}

func encodeUTF16(s string, big, mark bool) []byte {
	units := utf16Units(s)
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func decodeUTF16(b []byte, big, mark bool) string {
	if mark && len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		big = b[0] == 0xfe
		b = b[2:]
	}
	var out []rune
	var high rune
	for ; len(b) >= 2; b = b[2:] {
		u := rune(b[0])<<8 | rune(b[1])
		if !big {
			u = rune(b[1])<<8 | rune(b[0])
		}
		switch {
		case u >= 0xd800 && u < 0xdc00:
			high = u
		case u >= 0xdc00 && u < 0xe000 && high != 0:
			out = append(out, 0x10000+(high-0xd800)<<10+(u-0xdc00))
			high = 0
		default:
			out = append(out, u)
		}
	}
	return string(out)
}
