"""What runs inside a task: the Python half of the engine's DataStream functions.

The other half is C (cgo/python: loop*.c, pystate*.c, key*.c), which calls user code row by row
without entering Go. Nothing here imports the public API: user objects are taken by what they can
do, as this page says. The C half appears as the module ``headrace._runtime.native`` (its types are
described in native.pyi); it exists only inside a process that runs jobs.

Functions
---------
A task loads its own copy of each function (cloudpickle) and calls ``open(runtime_context)`` before
the first element and ``close()`` at the end, where they exist. By kind of operator:

==========================  =====================================================================
map                         callable, or ``map(value)``
flat_map                    callable, or ``flat_map(value)``: any iterable
filter                      callable, or ``filter(value)``
key_by                      callable, or ``get_key(value)``
reduce                      callable, or ``reduce(a, b)``; keyed
process                     ``process_element(value, ctx)``: None or any iterable
keyed_process               the same and ``on_timer(timestamp, ctx)``
co_map, keyed_co_map        ``map1(value)``, ``map2(value)``; None is dropped
co_flat_map, keyed_…        ``flat_map1(value)``, ``flat_map2(value)``; None is empty
co_process, keyed_…         ``process_element1(value, ctx)``, ``process_element2``, ``on_timer``
broadcast_process           port 0 ``process_element(value, ctx)``,
                            port 1 ``process_broadcast_element(value, ctx)``
keyed_broadcast_process     the same and ``on_timer``
operator, co_operator       ``process_element`` (1, 2), ``end_input(port, ctx)``,
                            ``on_watermark(watermark, ctx)``, ``poll(ctx)``: every 10 ms, for
                            what has finished outside
keyed_operator,             ``process_element`` (1, 2),
keyed_co_operator           ``on_event_time(timestamp, namespace, ctx)``,
                            ``on_processing_time(timestamp, namespace, ctx)``, ``end_input``;
                            all but process_element optional: what windows are written with
==========================  =====================================================================

Whatever a process method, timer method or end_input returns (None, or an iterable such as a
generator) is emitted. An item that is a tuple of two whose first is of a class called
``OutputTag`` goes to the side output of that ``tag_id``.

A function may also have ``snapshot_state() -> iterable`` and ``restore_state(list)`` (operator
state, split at rescale; after a restore it is called before open()) and
``notify_checkpoint_complete(id)``.

Context (``native.Context``)
----------------------------
``timestamp()``, ``current_watermark()``, ``current_processing_time()``, ``get_current_key()``,
``timer_service()`` (the same object: ``register_event_time_timer(t)``,
``delete_event_time_timer(t)``, ``register_processing_time_timer(t)``, ``delete_…``),
``time_domain()`` (in on_timer), ``get_broadcast_state(descriptor)``,
``apply_to_keyed_state(descriptor, function)`` (done right after the broadcast element).
Operators use besides: ``set_timestamp(t)``, the event time of what is emitted from here on (the
element's or timer's by default), ``register_event_timer(namespace, t)``,
``delete_event_timer(namespace, t)``, ``register_processing_timer``, ``delete_processing_timer``.

Runtime context (``_runtime.context.RuntimeContext``)
-----------------------------------------------------
PyFlink's names, plus ``get_namespaced_state(descriptor)``: the state of the descriptor's kind
with ``set_current_namespace(namespace)`` (hashable, picklable), as windows need it; and
``get_state_by_descriptor(descriptor)`` for any kind. States are to be asked for in open(); one
that is asked for later works too but is slower.

Descriptors have ``name`` and, by the class name's beginning, a kind: ``ValueState…``,
``ListState…``, ``MapState…``, ``ReducingState…`` (``get_reduce_function()``),
``AggregatingState…`` (``get_agg_function()``). ``_ttl_config``, when not None, has
``get_ttl().to_milliseconds()``, ``get_update_type()`` and ``get_state_visibility()`` with the
names of PyFlink's enums.
"""

from headrace import _requirements as _requirements
