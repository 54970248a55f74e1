"""The face to Mesa: a model, its persons, and sets of them."""
