"""How well simulated people meet the tables of their place."""
