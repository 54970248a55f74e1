"""How sure a result is: Monte Carlo error and parameter uncertainty."""
