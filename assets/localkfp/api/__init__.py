"""REST v1beta1, as `kfp.Client`, the `kfp` command line and the web front end speak it.

One module per resource; what they do is in `service`.
"""
