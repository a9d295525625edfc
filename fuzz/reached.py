"""Tells at the end how often each operation was done: one that was only ever refused is hardly fuzzed."""

import atexit
import collections

import schemathesis

done = collections.Counter()


@schemathesis.hook("after_call")
def count(_context, case, response):
    done[case.operation.definition.raw["operationId"]] += response.status_code < 300


def tell():
    never = sorted(operation for operation, times in done.items() if not times)
    print(f"done: {sum(done.values())} of the calls; only refused: {', '.join(never) or 'none'}")


atexit.register(tell)
