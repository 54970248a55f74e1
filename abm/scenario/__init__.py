"""Scenario files: their text, vocabulary and checks, and what they ask of the kernel."""
