"""A Workflow or a run as a picture and as words. Pure."""
