"""Where the tasks of a run are done: threads, processes, or the workers of a Dask cluster."""
