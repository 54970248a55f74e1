"""Every number that holds everywhere: entries with source and uncertainty, and who reads them."""
