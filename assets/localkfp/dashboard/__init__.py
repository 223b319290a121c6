"""The central dashboard of this machine: what Kubeflow Pipelines' web front end shows, as pages.

`pages` has a module for each; `views` is what they show of a step, an artifact, a graph, a
template; `frame`, `links`, `forms` and `markup` are what every page is made with. The addresses are
those of the front end without its `#`.
"""
