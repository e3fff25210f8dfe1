/* buffer.h: a growing buffer of bytes outside of the Go and Python heaps. */
#ifndef HEADRACE_BUFFER_H
#define HEADRACE_BUFFER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *data;
    size_t len, cap;
} hr_buffer;

/* hr_buf_reserve makes room for n more bytes; -1 when there is no memory. */
static inline int hr_buf_reserve(hr_buffer *b, size_t n) {
    if (b->cap - b->len >= n) return 0;
    size_t cap = b->cap < 64 ? 64 : b->cap;
    while (cap - b->len < n) cap *= 2;
    uint8_t *data = realloc(b->data, cap);
    if (data == NULL) return -1;
    b->data = data;
    b->cap = cap;
    return 0;
}

static inline int hr_buf_put(hr_buffer *b, const void *src, size_t n) {
    if (hr_buf_reserve(b, n)) return -1;
    if (n > 0) memcpy(b->data + b->len, src, n);
    b->len += n;
    return 0;
}

static inline int hr_buf_byte(hr_buffer *b, uint8_t v) {
    if (hr_buf_reserve(b, 1)) return -1;
    b->data[b->len++] = v;
    return 0;
}

/* hr_buf_varint appends 7 bits a byte, low bits first. */
static inline int hr_buf_varint(hr_buffer *b, uint64_t v) {
    if (hr_buf_reserve(b, 10)) return -1;
    while (v >= 0x80) {
        b->data[b->len++] = (uint8_t)v | 0x80;
        v >>= 7;
    }
    b->data[b->len++] = (uint8_t)v;
    return 0;
}

/* hr_buf_get_varint reads what hr_buf_varint wrote; -1 at the end of the bytes. */
static inline int hr_buf_get_varint(const uint8_t **p, const uint8_t *end, uint64_t *v) {
    *v = 0;
    for (int shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t byte = *(*p)++;
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return 0;
    }
    return -1;
}

static inline void hr_buffer_free(hr_buffer *b) {
    free(b->data);
    *b = (hr_buffer){0};
}

#endif
