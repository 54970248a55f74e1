"""The simulation as one page that answers: packed effects tables, the page, and its server."""
