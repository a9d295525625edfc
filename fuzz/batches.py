"""Bodies of lines: the document shows them as lists, on the wire each entry is a line of JSON."""

import json

import schemathesis

LINES = "application/x-ndjson"


@schemathesis.serializer(LINES)
def to_lines(_context, value):
    entries = value if isinstance(value, list) else [value]
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


@schemathesis.deserializer(LINES)
def from_lines(_context, response):
    return [json.loads(line) for line in response.content.decode().splitlines()]
