"""Who the people are at the start, and the reference rates that make them fit their place."""
