"""The public page: a process of its own that shows the published cameras to anybody, and knows nothing else."""
