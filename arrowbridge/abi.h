/* abi.h: the Arrow C data and stream interface (structures as the Arrow project publishes them)
 * and the callbacks of this package. */
#ifndef HEADRACE_ARROW_ABI_H
#define HEADRACE_ARROW_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/* ab_block is the memory of one exported array: its inner nodes and pointer lists follow it. It
 * and what Go keeps pinned under handle go when the last of its live nodes has been released. */
typedef struct {
    int64_t live;
    uintptr_t handle;
} ab_block;

/* ab_new makes a block with room for the nodes below the top one and for n pointers. */
ab_block *ab_new(int64_t nodes, int64_t pointers, uintptr_t handle);
struct ArrowArray *ab_nodes(ab_block *block);
void **ab_pointers(ab_block *block, int64_t nodes);
/* ab_release_node is the release callback of every exported node. */
void ab_release_node(struct ArrowArray *array);
/* ab_zeros stands for buffers without bytes. */
extern const int64_t ab_zeros[8];

/* ab_take moves a foreign array into memory of ours; ab_free releases one so moved. */
struct ArrowArray *ab_take(struct ArrowArray *array);
void ab_free(void *array);
void ab_free_schema(void *schema);
/* ab_call calls void f(void *). */
void ab_call(void *f, void *arg);
void ab_release_array(struct ArrowArray *array);
void ab_release_schema(struct ArrowSchema *schema);
void ab_release_stream(struct ArrowArrayStream *stream);
int ab_stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out);
int ab_stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out);
const char *ab_stream_error(struct ArrowArrayStream *stream);

/* ab_new_schema fills a node of an exported schema with copies of the strings and room for n
 * children. The consumer's release frees the whole. */
void ab_new_schema(struct ArrowSchema *out, const char *format, const char *name, int64_t flags,
                   int64_t n);

/* ab_watch_fork has release callbacks leave Go alone in a forked child. */
void ab_watch_fork(void);

#endif
