"""From a scenario to a result: laid out, cut into tasks, done on an engine, kept on disk."""
