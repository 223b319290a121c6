"""A Workflow's text as the API server reads it: YAML as Go's library does (`yaml`), JSON, and then
Go's types (`schema`, `decode`); `gojson` writes texts and numbers as Go does."""
