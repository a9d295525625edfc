"""What schemathesis is told about this API: how requests are signed, what lines of JSON are, what exists,
and how often each operation was done."""

from fuzz import batches, known, reached, signed  # noqa: F401 (each registers its hooks)
