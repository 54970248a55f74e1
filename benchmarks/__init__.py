"""Person-months per second, measured side by side in one run."""
