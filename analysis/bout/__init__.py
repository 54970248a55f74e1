"""Figures of a bout, and the published studies it is held against."""
