"""What schemathesis is told about this API: how requests are signed, what lines of JSON are, and what exists."""

from fuzz import batches, known, signed  # noqa: F401 (each registers its hooks)
