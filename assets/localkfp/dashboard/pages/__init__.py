"""A page is a module: what it shows, and its thin handler. Its look is a template."""
