#define _GNU_SOURCE
#include "abi.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

const int64_t ab_zeros[8];

static int forked;

static void in_child(void) { forked = 1; }

void ab_watch_fork(void) { pthread_atfork(NULL, NULL, in_child); }

ab_block *ab_new(int64_t nodes, int64_t pointers, uintptr_t handle) {
    size_t size = sizeof(ab_block) + (size_t)nodes * sizeof(struct ArrowArray) +
                  (size_t)pointers * sizeof(void *);
    ab_block *block = calloc(1, size);
    if (block == NULL) abort();
    block->live = nodes + 1;
    block->handle = handle;
    return block;
}

struct ArrowArray *ab_nodes(ab_block *block) { return (struct ArrowArray *)(block + 1); }

void **ab_pointers(ab_block *block, int64_t nodes) { return (void **)(ab_nodes(block) + nodes); }

void ab_release_node(struct ArrowArray *array) {
    ab_block *block = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child->release != NULL) child->release(child);
    }
    array->release = NULL;
    if (__atomic_sub_fetch(&block->live, 1, __ATOMIC_ACQ_REL) == 0) {
        if (!forked) arrowbridgeReleased(block->handle);
        free(block);
    }
}

struct ArrowArray *ab_take(struct ArrowArray *array) {
    struct ArrowArray *mine = malloc(sizeof *mine);
    if (mine == NULL) abort();
    memcpy(mine, array, sizeof *mine);
    array->release = NULL;
    return mine;
}

void ab_free(void *p) {
    struct ArrowArray *array = p;
    if (array->release != NULL) array->release(array);
    free(array);
}

void ab_free_schema(void *p) {
    struct ArrowSchema *schema = p;
    if (schema->release != NULL) schema->release(schema);
    free(schema);
}

void ab_call(void *f, void *arg) { ((void (*)(void *))f)(arg); }

void ab_release_array(struct ArrowArray *array) {
    if (array->release != NULL) array->release(array);
}

void ab_release_schema(struct ArrowSchema *schema) {
    if (schema->release != NULL) schema->release(schema);
}

void ab_release_stream(struct ArrowArrayStream *stream) {
    if (stream->release != NULL) stream->release(stream);
}

int ab_stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    return stream->get_schema(stream, out);
}

int ab_stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    return stream->get_next(stream, out);
}

const char *ab_stream_error(struct ArrowArrayStream *stream) {
    return stream->get_last_error(stream);
}

static void free_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(schema->children);
    free((char *)schema->format);
    free((char *)schema->name);
    schema->release = NULL;
}

void ab_new_schema(struct ArrowSchema *out, const char *format, const char *name, int64_t flags,
                   int64_t n) {
    memset(out, 0, sizeof *out);
    out->format = strdup(format);
    out->name = strdup(name);
    out->flags = flags;
    out->n_children = n;
    out->release = free_schema;
    if (n > 0) {
        out->children = calloc((size_t)n, sizeof *out->children);
        for (int64_t i = 0; i < n; i++) out->children[i] = calloc(1, sizeof *out);
    }
}
