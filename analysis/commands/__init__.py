"""The commands of the program: what each takes, and what it does."""
