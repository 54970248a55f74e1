"""Person-months per second, measured side by side in one run."""

DEFAULT_PERSONS = 100_000  # side by side
