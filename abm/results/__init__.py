"""What a run found: tables of outcomes, effects, persons and money."""
