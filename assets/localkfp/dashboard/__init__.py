"""The central dashboard of this machine: what Kubeflow Pipelines' web front end shows, as pages.

Each page is a module (what it shows, as functions over data, and its thin handler) and a template.
The addresses are those of the front end without its `#`.
"""
