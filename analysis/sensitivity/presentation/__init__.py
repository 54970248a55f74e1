"""What is shown of a finished study: words (summary), figures and their panels, comparisons."""
