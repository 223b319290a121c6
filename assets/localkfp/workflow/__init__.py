"""What the file says: a compiled Workflow's text in, frozen dataclasses out. Pure."""
