"""What the API and the pages ask for: pipelines, experiments, runs, their files and metrics.

Functions over the store and the runner. Nothing here knows HTTP: what can't be done is a
`ServiceError`, or an error of a room below.
"""
