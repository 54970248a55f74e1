"""What the runs mean: comparisons, uncertainty, sensitivity, figures and reports."""
