"""Which inputs carry an answer: designs, runs, indices, figures and words."""
