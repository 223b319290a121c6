"""What the API server of Kubeflow Pipelines 1.8.5 refuses, by its rules and in its words.

The server reads a Workflow into Go's types (`schema`, `decode`), has Argo v3.3.8 check it
(`workflow` and what it calls: workflow/validate/validate.go, named function by function), and hands
it to Kubernetes (`kubernetes`). Each module says which function it follows; the records of a
genuine cluster that prove it are named in the tests.
"""
