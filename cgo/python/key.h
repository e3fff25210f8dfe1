/* key.h: the canonical encoding of keys.
 *
 * Two keys are the same key exactly when their encodings are equal; the key group and the state of
 * a key go by these bytes, in checkpoints too, so they never change under a version. A key is the
 * version byte 0x01 and one value:
 *
 *   00 None | 01 False | 02 True
 *   03 int: varint n, n bytes two's complement, little end first, as few as hold it (0 has none)
 *   04 float: 8 bytes IEEE 754, big end first
 *   05 str: varint n, UTF-8 (surrogatepass) | 06 bytes: varint n, bytes
 *   07 tuple: varint n, n values
 *   10 date: ordinal int32 | 11 time: micros int64, fold, zone | 12 datetime: ordinal int32 and time
 *      (big end first; zone is 00, 01 and micros int64, 02 varint n and name, 03 varint n and pickle)
 *   13 timedelta: days, seconds, micros int32 | 14 Decimal: varint n, its str
 *   15 Enum: module, qualified name and member as values | 16 Row: kind byte, the names (None or a
 *      tuple) and the tuple of values | 17 UUID: 16 bytes
 *   7f other: varint n, memo-free pickle of protocol 4, after one warning for the type
 *
 * Only exact types count: a subclass of int is "other" (an Enum member is an Enum). The common
 * kinds are done here, the rest by _runtime/keys.py, which also holds the whole in Python. */
#ifndef HEADRACE_KEY_H
#define HEADRACE_KEY_H

#include "buffer.h"
#include "symbols.h"

#define HR_KEY_VERSION 0x01

/* hr_key_encode appends the key to b; -1 with an exception set. */
int hr_key_encode(hr_buffer *b, PyObject *key);

/* hr_key_decode returns a new reference to the key that the bytes say, NULL with an exception. */
PyObject *hr_key_decode(const uint8_t *data, size_t n);

/* hr_value_encode and hr_value_decode do the same for one value without the version byte. Encoding
 * returns 1 (nothing appended, no exception) when the value is not made of the kinds done here. */
int hr_value_encode(hr_buffer *b, PyObject *o);
PyObject *hr_value_decode(const uint8_t **p, const uint8_t *end);

/* hr_key_hooks sets the functions of _runtime/keys.py: encode(object) -> bytes and
 * decode(memory, offset) -> (object, offset) for the kinds not done here. */
void hr_key_hooks(PyObject *encode, PyObject *decode);

#endif
