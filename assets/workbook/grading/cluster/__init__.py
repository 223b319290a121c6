"""A batch graded by a Kubeflow pipeline: where a class outgrows one machine."""
