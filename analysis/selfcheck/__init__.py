"""What must hold for a scenario, tried out on it."""
