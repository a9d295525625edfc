"""Tells at the end how often each operation was done: one that was only ever refused is hardly fuzzed."""

import atexit
import collections

import schemathesis

# Done less often than this: hardly anything of it was fuzzed but its refusals.
SELDOM = 3
sent = collections.Counter()
done = collections.Counter()


@schemathesis.hook("after_call")
def count(_context, case, response):
    operation = case.operation.definition.raw["operationId"]
    sent[operation] += 1
    done[operation] += response.status_code < 300


def tell():
    never = sorted(operation for operation, times in done.items() if not times)
    seldom = sorted(operation for operation, times in done.items() if 0 < times < SELDOM)
    print(f"done: {sum(done.values())} of {sent.total()} calls")
    print(f"only refused: {', '.join(never) or 'none'}; seldom done: {', '.join(seldom) or 'none'}")


atexit.register(tell)
