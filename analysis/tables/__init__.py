"""From results to the tables and sentences that reports and figures show. Draws nothing."""
