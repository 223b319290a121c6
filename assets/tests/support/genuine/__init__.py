"""What a genuine API server of Kubeflow Pipelines 1.8.5 answered, and asking another the same."""
