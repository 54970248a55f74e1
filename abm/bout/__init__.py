"""The hours after one bout of exercise."""
