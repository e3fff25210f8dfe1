/* loop_effects.c: what user code does to a loop besides returning: keys, dirty slots, timers. */
#include "key.h"
#include "loop.h"

static int no_memory(void) {
    py.Err_NoMemory();
    return -1;
}

/* hr_loop_key returns the current key, borrowed. */
PyObject *hr_loop_key(hr_loop *l) {
    if (l->key != NULL) return l->key;
    if (l->in.kind == HR_ROWS && l->in.has_keys && l->in.keys.objects == NULL && l->slot >= 0) {
        if (l->decoded == NULL) l->decoded = hr_source_get(&l->in.keys, l->key_row);
        return l->decoded;
    }
    if (l->in.kind != HR_TIMERS && l->in.kind != HR_KEYS) return py.None;
    if (l->decoded == NULL) {
        int32_t from = l->key_row == 0 ? 0 : l->in.key_ends[l->key_row - 1];
        l->decoded = hr_key_decode(l->in.key_data.data + from,
                                   (size_t)(l->in.key_ends[l->key_row] - from));
    }
    return l->decoded;
}

PyObject *hr_loop_failed(hr_loop *l) {
    if (l->failed == NULL) return NULL;
    PyObject *type, *value, *trace;
    py.Err_Fetch(&type, &value, &trace);
    PyObject *text = py.Object_Repr(l->failed);
    if (text == NULL) py.Err_Clear();
    py.Err_Restore(type, value, trace);
    return text;
}

int hr_loop_dirty(hr_loop *l, int32_t slot) {
    if (slot < 0) return 0;
    if (slot >= l->cap_dirty) {
        int cap = l->cap_dirty == 0 ? 1024 : l->cap_dirty;
        while (cap <= slot) cap *= 2;
        uint8_t *flags = realloc(l->dirty_flags, (size_t)cap);
        if (flags == NULL) return no_memory();
        l->dirty_flags = flags;
        memset(flags + l->cap_dirty, 0, (size_t)(cap - l->cap_dirty));
        int32_t *list = realloc(l->dirty, (size_t)cap * sizeof *list);
        if (list == NULL) return no_memory();
        l->dirty = list;
        l->cap_dirty = cap;
    }
    if (l->dirty_flags[slot]) return 0;
    l->dirty_flags[slot] = 1;
    l->dirty[l->n_dirty++] = slot;
    return 0;
}

/* waiting finds a timer of the key at hand among those still to be fired; -1: none. */
static int waiting(hr_loop *l, int64_t time) {
    int lo = l->in.row, hi = l->in.n;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (l->in.times[mid] < time) lo = mid + 1;
        else hi = mid;
    }
    for (; lo < l->in.n && l->in.times[lo] == time; lo++)
        if (l->in.slots[lo] == l->slot) return lo;
    return -1;
}

int hr_loop_timer(hr_loop *l, int domain, int64_t time, int del) {
    if (l->slot < 0) {
        py.Err_SetString(py.ExcRuntimeError, "timers belong to a key: there is none here");
        return -1;
    }
    if (l->in.kind == HR_TIMERS && l->in.domain == domain) {
        int at = waiting(l, time);
        if (at >= 0) {
            l->in.cancelled[at] = (uint8_t)del;
            return 0;
        }
        if (!del && l->in.row < l->in.n && time < l->in.times[l->in.row]) l->in.disorder = 1;
    }
    l->in.timed = 1;
    if (l->n_ops == l->cap_ops) {
        int cap = l->cap_ops == 0 ? 256 : 2 * l->cap_ops;
        hr_timer_op *ops = realloc(l->ops, (size_t)cap * sizeof *ops);
        if (ops == NULL) return no_memory();
        l->ops = ops;
        l->cap_ops = cap;
    }
    l->ops[l->n_ops++] = (hr_timer_op){time, l->slot, (uint8_t)domain, (uint8_t)del};
    if (!del && domain == HR_EVENT && time < l->new_timer) l->new_timer = time;
    return 0;
}

void hr_loop_clean(hr_loop *l) {
    for (int i = 0; i < l->n_dirty; i++) l->dirty_flags[l->dirty[i]] = 0;
    l->n_dirty = 0;
}
